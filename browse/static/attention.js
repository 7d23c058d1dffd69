// Draws the chart of attention over time from the numbers in the page. No eval: Vega interprets its
// expressions itself (`ast`), and brings no styles of its own, so the page's policy holds.
"use strict";
(async () => {
  const place = document.getElementById("chart");
  const numbers = JSON.parse(document.getElementById("numbers").textContent);
  const field = numbers.share ? "share" : "articles";
  const style = getComputedStyle(document.body);
  const ink = style.getPropertyValue("--ink").trim();
  const line = style.getPropertyValue("--line").trim();
  const bar = style.getPropertyValue("--bar").trim();
  const wide = Math.max(place.clientWidth - 60, 220);
  for (const one of numbers.bars) {
    const start = Date.parse(one.since);
    one.start = start;
    one.end = start + (Date.parse(one.until) + 86400000 - start) * 0.88; // the rest is the gap between bars
  }
  const fit = Math.max(3, Math.floor(wide / 110));
  const first = Math.min(...numbers.bars.map((one) => one.start));
  const last = Math.max(...numbers.bars.map((one) => one.end));
  const most = Math.max(1, ...numbers.bars.map((one) => one.articles)); // half an article is none
  const ticks = last - first < fit * 86400000 ? "day" : fit; // no hours: nothing here is finer than a day
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values: numbers.bars },
    facet: { row: { field: "source", title: null, sort: numbers.sources, header: { labelAngle: 0, labelAnchor: "start", labelOrient: "top", labelColor: ink, labelFontSize: 13, labelPadding: 2 } } },
    spacing: 8,
    spec: {
      width: wide,
      height: 64,
      mark: { type: "rect", color: bar, cursor: "pointer" },
      encoding: {
        x: { field: "start", type: "temporal", scale: { type: "utc" }, title: null, axis: { grid: false, labelOverlap: true, tickCount: ticks } },
        x2: { field: "end" },
        y: { field: field, type: "quantitative", title: null, axis: { tickCount: numbers.share ? 2 : Math.min(2, most), format: numbers.share ? ".2~p" : "~s" } },
        y2: { datum: 0 },
        tooltip: [
          { field: "source", title: "Source" },
          { field: "since", title: "From" },
          { field: "until", title: "To" },
          { field: "articles", title: "Articles", format: "," },
          { field: "share", title: "Share of all archived", format: ".2%" },
        ],
      },
    },
    config: {
      background: null,
      font: style.fontFamily,
      view: { stroke: null },
      axis: { labelColor: ink, domainColor: line, tickColor: line, gridColor: line, titleColor: ink, labelFontSize: 12 },
    },
  };
  const { view } = await vegaEmbed(place, spec, { actions: false, ast: true, defaultStyle: false, renderer: "svg", tooltip: { disableDefaultStyle: true } });
  view.addEventListener("click", (_, item) => {
    if (item && item.datum && item.datum.search) location.assign(item.datum.search);
  });
})();
