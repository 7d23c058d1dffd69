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
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values: numbers.bars },
    facet: { row: { field: "source", title: null, sort: numbers.sources, header: { labelAngle: 0, labelAnchor: "start", labelOrient: "top", labelColor: ink, labelFontSize: 13, labelPadding: 2 } } },
    spacing: 8,
    spec: {
      width: wide,
      height: 64,
      mark: { type: "bar", color: bar, cursor: "pointer", tooltip: true },
      encoding: {
        x: { field: "since", type: "temporal", timeUnit: { unit: { day: "yearmonthdate", week: "yearmonthdate", month: "yearmonth" }[numbers.unit], utc: true, step: 1 }, title: null, axis: { labelOverlap: true, grid: false } },
        x2: numbers.unit === "week" ? { field: "until", timeUnit: { unit: "yearmonthdate", utc: true } } : undefined,
        y: { field: field, type: "quantitative", title: null, axis: { tickCount: 3, format: numbers.share ? ".1~%" : "~s" } },
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
