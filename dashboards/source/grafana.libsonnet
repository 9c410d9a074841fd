// Grafana's words: panels, queries, tables, variables, dashboards. What they show is said by the files beside this one.
local datasource = { type: 'prometheus', uid: '${datasource}' };

local letters = std.stringChars('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

// Queries get their letters by their place in a panel.
local lettered(queries) = std.mapWithIndex(function(i, query) { datasource: datasource, refId: letters[i] } + query, queries);

local panel(type, title, description, queries, options, custom=null) = {
  type: type,
  pluginVersion: '10.4.0',
  title: title,
  description: std.strReplace(std.rstripChars(description, '\n'), '\n', ' '),
  datasource: datasource,
  targets: lettered(queries),
  options: options,
  fieldConfig: { defaults: if custom == null then {} else { custom: custom }, overrides: [] },
};

// Panels follow each other from left to right, and begin a new line where the next one does not fit.
local place(panels, top, firstId) =
  std.foldl(
    function(line, panel)
      local wraps = line.x + panel.gridPos.w > 24;
      local x = if wraps then 0 else line.x;
      local y = if wraps then line.bottom else line.y;
      {
        x: x + panel.gridPos.w,
        y: y,
        bottom: std.max(line.bottom, y + panel.gridPos.h),
        placed: line.placed + [panel { id: firstId + std.length(line.placed), gridPos+: { x: x, y: y } }],
      },
    panels,
    { x: 0, y: top, bottom: top, placed: [] }
  );

// Ids are 100 for each row and count within it, so that a new panel moves no ids of other rows.
local layOut(rows) =
  std.foldl(
    function(page, row)
      local id = 100 * (page.rows + 1);
      local placed = place(row.panels, page.bottom + 1, id + 1);
      {
        rows: page.rows + 1,
        bottom: placed.bottom,
        panels: page.panels + [
          { type: 'row', id: id, title: row.title, collapsed: false, panels: [], gridPos: { x: 0, y: page.bottom, w: 24, h: 1 } },
        ] + placed.placed,
      },
    rows,
    { rows: 0, bottom: 0, panels: [] }
  ).panels;

{
  grey:: '#6e6e6e',

  // A query over the time range, and one of its end.
  range(expr, legend=''):: { expr: expr, legendFormat: legend, range: true, instant: false, format: 'time_series' },
  now(expr, legend=''):: { expr: expr, legendFormat: legend, range: false, instant: true, format: 'time_series' },
  local rows(expr) = { expr: expr, range: false, instant: true, format: 'table' },

  stat(title, description, queries):: panel('stat', title, description, queries, {
    colorMode: 'background',
    graphMode: 'none',
    justifyMode: 'auto',
    orientation: 'auto',
    textMode: 'value_and_name',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  }),

  bars(title, description, queries):: panel('bargauge', title, description, queries, {
    displayMode: 'gradient',
    orientation: 'horizontal',
    minVizHeight: 12,
    minVizWidth: 0,
    showUnfilled: true,
    valueMode: 'color',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  }),

  lines(title, description, queries, custom={}):: panel('timeseries', title, description, queries, {
    legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  }, { fillOpacity: 10, lineWidth: 1, showPoints: 'never' } + custom),
  stacked:: { stacking: { mode: 'normal' }, fillOpacity: 60, lineWidth: 0 },
  // Events, which a line would join.
  columns:: { drawStyle: 'bars', fillOpacity: 80, lineWidth: 0, stacking: { mode: 'normal' } },

  timeline(title, description, queries):: panel('state-timeline', title, description, queries, {
    alignValue: 'left',
    mergeValues: true,
    rowHeight: 0.8,
    showValue: 'auto',
    legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
    tooltip: { mode: 'single', sort: 'none' },
  }, { fillOpacity: 80, lineWidth: 0 }),

  // The queries' rows are merged where their common labels agree; the query with several rows a key comes first.
  // `columns` are what is shown, from left to right, of labels and values ("Value #A" of the first of several queries,
  // "Value" of a single one); `hidden` the rest.
  table(title, description, expressions, columns, hidden=[], sort=null):: panel(
    'table', title, description, std.map(rows, expressions), {
      cellHeight: 'sm',
      frameIndex: 0,
      showHeader: true,
      footer: { show: false, reducer: [], enablePagination: true },
      sortBy: if sort == null then [] else [sort],
    }, { filterable: true }
  ) + {
    transformations: (if std.length(expressions) > 1 then [{ id: 'merge', options: {} }] else []) + [{
      id: 'organize',
      options: {
        excludeByName: { [field]: true for field in ['Time'] + hidden },
        indexByName: { [columns[i].field]: i for i in std.range(0, std.length(columns) - 1) },
        renameByName: { [column.field]: column.name for column in columns },
      },
    }],
    // What a panel says where there are no rows must not fill the cells of those that there are.
    fieldConfig+: { defaults+: { unit: 'none' }, overrides: [
      { matcher: { id: 'byRegexp', options: '/.*/' }, properties: [{ id: 'noValue', value: '' }] },
    ] + [
      { matcher: { id: 'byName', options: column.name }, properties: column.properties }
      for column in columns
      if std.length(column.properties) > 0
    ] },
  },
  column(field, name, properties=[]):: { field: field, name: name, properties: properties },
  descending(name):: { displayName: name, desc: true },
  ascending(name):: { displayName: name, desc: false },

  // Properties of a column.
  unit(unit, decimals=null):: [{ id: 'unit', value: unit }] + (if decimals == null then [] else [{ id: 'decimals', value: decimals }]),
  local filled = { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
  mapped(mappings):: [{ id: 'mappings', value: mappings }, filled],
  coloured(steps):: [{ id: 'thresholds', value: { mode: 'absolute', steps: steps } }, filled],
  fromOne(colour):: $.coloured($.steps([[null, 'transparent'], [1, colour]])),
  yesNo:: $.unit('bool_yes_no') + $.coloured($.steps([[null, 'red'], [1, 'green']])),
  linked(links):: [{ id: 'links', value: links }],
  wide(pixels):: [{ id: 'custom.width', value: pixels }],

  // Of a whole panel. The page is 24 wide.
  size(width, height):: { gridPos: { w: width, h: height } },
  // At most a point a minute: for what reads several series of every target, which would take many seconds at 1000 targets.
  coarse:: { interval: '1m' },
  withUnit(unit, decimals=null):: { fieldConfig+: { defaults+: { unit: unit } + (if decimals == null then {} else { decimals: decimals }) } },
  withMappings(mappings):: { fieldConfig+: { defaults+: { mappings: mappings } } },
  withSteps(steps):: { fieldConfig+: { defaults+: { thresholds: { mode: 'absolute', steps: steps }, color: { mode: 'thresholds' } } } },
  withLinks(links):: { fieldConfig+: { defaults+: { links: links } } },
  withRange(min, max=null):: { fieldConfig+: { defaults+: { min: min } + (if max == null then {} else { max: max }) } },
  withNoValue(text):: { fieldConfig+: { defaults+: { noValue: text } } },
  fixed(color):: { fieldConfig+: { defaults+: { color: { mode: 'fixed', fixedColor: color } } } },
  // colours: what a series is called -> its colour.
  withColours(colours):: { fieldConfig+: { overrides+: [
    { matcher: { id: 'byName', options: name }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: colours[name] } }] }
    for name in std.objectFields(colours)
  ] } },
  // likewise, from 1 on, and grey at 0.
  withCountColours(colours):: { fieldConfig+: { overrides+: [
    {
      matcher: { id: 'byName', options: name },
      properties: [{ id: 'thresholds', value: { mode: 'absolute', steps: $.steps([[null, $.grey], [1, colours[name]]]) } }],
    }
    for name in std.objectFields(colours)
  ] } },
  steps(pairs):: [{ value: pair[0], color: pair[1] } for pair in pairs],

  // Value mappings. names: text -> { code, colour }.
  valueMap(names):: { type: 'value', options: {
    [std.toString(names[name].code)]: { text: name, color: names[name].color, index: names[name].code }
    for name in std.objectFields(names)
  } },
  textMap(colours):: { type: 'value', options: { [text]: { color: colours[text] } for text in std.objectFields(colours) } },
  rangeMap(from, to, color):: { type: 'range', options: { from: from, to: to, result: { color: color } } },

  variable(name, query, label):: {
    name: name,
    label: label,
    type: 'query',
    datasource: datasource,
    definition: query,
    query: { query: query, refId: 'variable-' + name },
    refresh: 2,
    sort: 1,
    multi: false,
    includeAll: false,
    options: [],
    hide: 0,
    regex: '',
    skipUrlSync: false,
  },
  several(all=null):: {
    multi: true,
    includeAll: true,
    [if all != null then 'allValue']: all,
    current: { selected: true, text: ['All'], value: ['$__all'] },
  },

  annotation(name, expr, title, text, color):: {
    name: name,
    datasource: datasource,
    enable: true,
    hide: false,
    iconColor: color,
    expr: expr,
    titleFormat: title,
    textFormat: text,
    useValueForTime: false,
  },

  link(title, url):: { title: title, url: url, targetBlank: false },

  // schemaVersion 39 is that of Grafana 10.2 to 11.2. Newer ones migrate it; what is used here is the same since 9.5 (38), and
  // 9.0 to 9.4 leave out the colours of table cells.
  dashboard(uid, title, description, variables, annotations, rows, from='now-3h'):: {
    uid: uid,
    title: title,
    description: description,
    tags: ['authprobe'],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: from, to: 'now' },
    timepicker: {},
    timezone: '',
    fiscalYearStartMonth: 0,
    weekStart: '',
    links: [{
      title: 'authprobe',
      type: 'dashboards',
      tags: ['authprobe'],
      icon: 'external link',
      tooltip: 'The other dashboards, with the same selection and time range',
      asDropdown: false,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      url: '',
    }],
    annotations: { list: annotations },
    templating: { list: [{
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
      refresh: 1,
      multi: false,
      includeAll: false,
      options: [],
      hide: 0,
      regex: '',
      skipUrlSync: false,
    }] + variables },
    panels: layOut(rows),
  },
}
