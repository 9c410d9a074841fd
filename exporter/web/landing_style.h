// The style of the landing page, included in the page: no further request, no script, light or dark by the browser's
// setting.
#pragma once

#include <string_view>

namespace authprobe::web {

inline constexpr std::string_view kLandingStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #dfe3e8; --text: #17202b; --muted: #5a6675; --link: #0b5cad;
  --ok: #1a7f43; --pending: #667182; --unauthorized: #c2252d; --forbidden: #b5470b; --rate_limited: #8a6100;
  --exposed: #b0208a; --unexpected: #94560a; --unreachable: #4c5c9c; --credential_unavailable: #7440b5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151b; --card: #181f27; --line: #2c3642; --text: #e6ebf0; --muted: #9ba8b6; --link: #7ab8f5;
    --ok: #52c77f; --pending: #9ba8b6; --unauthorized: #ff7b7f; --forbidden: #ff9a5c; --rate_limited: #e5b93c;
    --exposed: #f581d3; --unexpected: #edab52; --unreachable: #a1b0f5; --credential_unavailable: #c69af5;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; padding-top: 20px; }
header svg { align-self: center; color: var(--verdict); }
header .name { font-size: 18px; font-weight: 650; letter-spacing: -.01em; }
header .about { color: var(--muted); font-size: 13px; }
header .about + .about { margin-left: auto; }
h1 { margin: 22px 0 2px; font-size: 28px; line-height: 1.2; letter-spacing: -.02em; text-wrap: balance; }
h1::before { content: ""; display: inline-block; width: .5em; height: .5em; margin-right: .4em; border-radius: 50%;
  background: var(--verdict); vertical-align: .08em; }
h2 { margin: 28px 0 10px; font-size: 16px; }
p { margin: 0; }
.muted { color: var(--muted); }
.credentials { margin-top: 6px; color: var(--muted); }
.credentials b { color: var(--text); font-weight: 600; }
.bar { display: flex; gap: 2px; height: 8px; margin-top: 18px; border-radius: 4px; overflow: hidden; background: var(--line); }
.bar span { background: var(--state); min-width: 4px; }
.states { display: grid; grid-template-columns: repeat(9, 1fr); gap: 8px; margin: 12px 0 0; padding: 0; list-style: none; }
.states li { padding: 8px 12px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.states b { display: block; font-size: 20px; line-height: 1.3; font-weight: 650; color: var(--state);
  font-variant-numeric: tabular-nums; }
.states span { display: block; font-size: 12.5px; line-height: 1.3; color: var(--muted); }
.states .none b { color: var(--muted); font-weight: 400; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
table { width: 100%; border-collapse: collapse; }
th { padding: 9px 14px; text-align: left; font-size: 12.5px; font-weight: 600; color: var(--muted); white-space: nowrap;
  border-bottom: 1px solid var(--line); }
td { padding: 10px 14px; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
tbody tr:first-child td { border-top: 0; }
td:first-child { border-left: 3px solid var(--state); }
td .name { font-weight: 600; }
td small { display: block; font-size: 12.5px; line-height: 1.4; color: var(--muted); }
td.cause { width: 38%; }
td.time, td.status { white-space: nowrap; font-variant-numeric: tabular-nums; }
.pill { display: inline-block; padding: 0 8px; border: 1px solid var(--state); border-radius: 999px; color: var(--state);
  font-size: 12.5px; line-height: 20px; font-weight: 600; overflow-wrap: normal; white-space: nowrap; }
.sure { font-size: 12.5px; color: var(--muted); white-space: nowrap; }
.more { padding: 10px 14px; color: var(--muted); border-top: 1px solid var(--line); }
details { margin-top: 12px; }
summary { padding: 10px 14px; cursor: pointer; font-weight: 600; }
details ul { columns: 220px; column-gap: 24px; margin: 0; padding: 2px 14px 12px; list-style: none; overflow-wrap: anywhere; }
nav ul { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 8px; margin: 0; padding: 0;
  list-style: none; }
nav a { display: block; padding: 10px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
nav a small { display: block; color: var(--muted); }
footer { padding-top: 24px; padding-bottom: 28px; font-size: 12.5px; color: var(--muted); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 1020px) { .states { grid-template-columns: repeat(3, 1fr); } }
@media (max-width: 720px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  header .about + .about { margin-left: 0; }
  h1 { font-size: 23px; }
  .states li { padding: 6px 10px; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tbody tr { padding: 8px 0; border-top: 1px solid var(--line); border-left: 3px solid var(--state); }
  tbody tr:first-child { border-top: 0; }
  td, td:first-child, td.cause { width: auto; padding: 3px 14px; border: 0; }
  td.state, td.status, td.time { display: inline-block; padding-right: 0; }
  td.status::before { content: "status "; color: var(--muted); }
  td.time::before { content: "for "; color: var(--muted); }
  td:empty { display: none; }
}
)css";

}  // namespace authprobe::web
