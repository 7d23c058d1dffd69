"""The settings of a crawl, other than those of one source; docs/running.md has a row for each of ours.

The others are Scrapy's (https://docs.scrapy.org/en/latest/topics/settings.html). Any of them can be set for one
run: `clippings crawl -s NAME=VALUE`. What a user owns stands in clippings.toml, which `crawler.user_settings` reads.
"""

import os

from scrapy.settings import default_settings

BOT_NAME = "clippings"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

SETTINGS_FILE = "clippings.toml"  # a user's own settings, in the folder where a command runs

# --- The user agent, with an address at which a publisher reaches whoever crawls
CONTACT = ""
USER_AGENT = "Clippings/0.1 (personal news archive; +{contact})"
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
COOKIES_ENABLED = True  # some sites answer with endless redirects without
# At the first cookie Scrapy would else ask publicsuffix.org for its list, and wait for it; one is in tldextract's package.
os.environ.setdefault("TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS", "")
REFERRER_POLICY = "no-referrer"

# --- Politeness. One connection and one request a second to a host, unless its source says otherwise.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Clippings"
ROBOTSTXT_PARSER = "crawler.politeness.robots.RobotParser"
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0
CRAWL_DELAY_OBEY = True  # robots.txt's Crawl-delay, when it is longer than the delay
HOST_WAIT_MAX = (
    600.0  # seconds; a host that asks for more (Retry-After, Crawl-delay) is closed for this crawl
)
HOST_FAILURES_MAX = 6  # failures in a row before a host is closed for this crawl

# --- Limits
PAGES_PER_SOURCE = 1000  # article pages a source and crawl; the rest is deferred
WINDOW = "7d"  # how far back a source's listings are followed
RECHECK = (
    "1h 6h 1d 3d 7d 30d"  # when an article is fetched again for changes, after it was found; "" for never
)
NOARCHIVE = "text"  # of pages that ask not to be archived: "text" without the page, "exclude", or "keep" (docs/rights.md)
UNDATED_MAX = 100  # URLs without a date taken up from a sitemap when it is read first
COMPARED_PAGES = (
    3  # new pages a source and day that trafilatura reads too, by which a redesign shows; 0: none
)
SECTION_PAGES_MAX = 10  # section pages a source and crawl, where there is no feed and no sitemap
LISTINGS_MAX = 500  # feeds, sitemaps and section pages a source and crawl
DOWNLOAD_TIMEOUT = 25  # seconds; a crawl that is stopped waits for requests under way, and ends within 30
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024  # bytes of a page, compressed or not
DOWNLOAD_WARNSIZE = 0
LISTING_MAXSIZE = 64 * 1024 * 1024  # bytes of a feed or sitemap: the protocol allows 50 MB
REDIRECT_MAX_TIMES = 8
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 429, 500, 502, 503, 504, 522, 524]

# --- What is kept, unless a source says otherwise
IMAGES = False  # the lead image of each article
CAPTURES_FORMAT = "gzip"  # how pages as fetched are compressed: "gzip" or "zstd" (docs/captures.md)
COLLECTIONS_BASE = (
    "https://data.commoncrawl.org/"  # before the lines of lists of WARC files (docs/captures.md)
)
ASSETS = False  # the stylesheets and pictures of article pages
ASSETS_MAX = 100  # of a page
ASSET_MAXSIZE = 5 * 1024 * 1024  # bytes of one
RENDER = (
    "never"  # whether pages are shown by a browser first: always, auto (where there is no text), or never
)
RENDER_TIMEOUT = 60.0  # seconds a page; its requests wait their turn as all do
RENDER_REQUESTS = 100  # of one page
BROWSER = ""  # Chromium's path; "" for the system's
SCREENSHOT = False  # a picture of each article page
EXTRACTOR = "own"  # who finds the text on a page: own or trafilatura
TIMESTAMP = ""  # address of an RFC 3161 authority that stamps the last manifest; "" for none
TIMESTAMP_CERTIFICATE = ""  # PEM file with its root certificate; "" for those that this machine trusts

# --- The web archive that `clippings backfill` asks
BACKFILL_CDX = "https://web.archive.org/cdx/search/cdx"  # its CDX index
BACKFILL_REPLAY = "https://web.archive.org/web/{timestamp}id_/{url}"  # its copies, byte for byte as captured
BACKFILL_ROWS = 10_000  # captures of the index a request

# --- Machinery. CONCURRENT_REQUESTS is over all hosts; each host takes one request at a time.
CONCURRENT_REQUESTS = 400
CONCURRENT_ITEMS = 1  # an answer brings one page at most; Scrapy starts so many tasks for each answer
EXTRACT_WORKERS = 0  # processes; 0: one a processor
EXTRACT_TIMEOUT = 25.0  # seconds a page
EXTRACT_MAX_PAGES = 1000  # before a worker is replaced: lxml and trafilatura grow
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 16 * 1024 * 1024  # bytes of pages waiting for extraction
TELNETCONSOLE_ENABLED = False  # it opens a port
METAREFRESH_ENABLED = False  # extraction follows it: only there is a page parsed
CLOSESPIDER_TIMEOUT = 0  # seconds, 0: no end
LOG_LEVEL = "INFO"
PROGRESS = ""  # "line", "plain" or "json"; the `clippings` command sets it

# --- Safety: docs/security.md
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = {
    "http": "crawler.politeness.connections.HttpHandler",
    "https": "crawler.politeness.certificates.HttpsHandler",
    "file": None,
    "ftp": None,
    "data": None,
    "s3": None,
}
TWISTED_DNS_RESOLVER = "crawler.politeness.dns.GuardedResolver"

# --- Wiring
SCHEDULER = "crawler.run.scheduler.FairScheduler"
ITEM_PIPELINES = {
    "pipelines.item_pipelines.ExtractArticle": 100,
    "pipelines.item_pipelines.StoreArticle": 200,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # where links may lead is decided before
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.politeness.private_requests.PrivateAddressMiddleware": 50,
    "crawler.politeness.hosts.HostHealthMiddleware": 60,
    "crawler.politeness.robots.RobotsMiddleware": 100,
    "crawler.politeness.retry_after.RetryAfterMiddleware": 560,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.politeness.compression.CompressionMiddleware": 590,
    "crawler.politeness.dns.ResolvedMiddleware": 595,
    "crawler.politeness.login.LoginMiddleware": 695,  # before Scrapy's CookiesMiddleware, which has 700
    "crawler.politeness.redirects.RedirectChainMiddleware": 610,  # Scrapy's RedirectMiddleware has 600
}
# Every response becomes an outcome, and nothing asks how deep a request is or whether it is a first one; each layer costs
# every answer.
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}
DOWNLOADER_STATS = False
EXTENSIONS = {
    "crawler.politeness.throttle.Throttle": 0,
    "crawler.run.progress.Progress": 0,
    "crawler.run.further_pages.FurtherPages": 0,
    "crawler.render.render_pages.RenderPages": 0,
    "crawler.run.alternate_pages.AlternatePages": 0,
    "crawler.run.assets.Assets": 0,
}
# Scrapy's own without its statistics a minute, and without one that loads aiohttp only to be off; None in EXTENSIONS
# would load it too.
EXTENSIONS_BASE = {
    name: order
    for name, order in default_settings.EXTENSIONS_BASE.items()
    if not name.endswith((".LogStats", ".RemoteControl"))
}
