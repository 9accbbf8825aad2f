#include "page_parts.hpp"

namespace ism::explain {

std::string page_style() {
    return chart_style() + R"css(
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#ffffff;--edge:#dfe4e9;--ours:#e8f2fa;--warn:#fdf3e1}
@media (prefers-color-scheme:dark){:root{--paper:#0f1419;--card:#161c23;--edge:#2a333d;--ours:#142b3d;--warn:#33270f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 "Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 28px}
header{padding-top:46px}
.kind{margin:0 0 6px;color:var(--c1);font-size:13px;font-weight:700;letter-spacing:.09em;text-transform:uppercase}
h1{margin:0 0 14px;font-size:38px;line-height:1.15;letter-spacing:-.015em}
.lead{max-width:50em;margin:0 0 26px;font-size:18.5px;line-height:1.5}
h2{margin:0 0 4px;font-size:20px;letter-spacing:-.005em}
h3{margin:0 0 6px;font-size:15px}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin:0 0 14px;padding:0}
.tile{display:flex;flex-direction:column-reverse;justify-content:flex-end;margin:0;padding:14px 16px;background:var(--card);border:1px solid var(--edge);border-radius:10px}
.tile dt{color:var(--soft);font-size:13px;line-height:1.35}
.tile dd{margin:0 0 4px;font-size:27px;font-weight:700;line-height:1.2;letter-spacing:-.02em;white-space:nowrap}
.tile.main dd{color:var(--c1)}
.verdict{margin:0 0 26px;color:var(--soft)}
.missing{margin:0 0 22px;padding:12px 18px;background:var(--warn);border:1px solid var(--c5);border-radius:10px}
.missing ul{margin:4px 0 0;padding-left:20px}
.cards{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}
.card{margin:0;padding:20px 24px 16px;background:var(--card);border:1px solid var(--edge);border-radius:12px;min-width:0}
.wide{grid-column:1/-1}
.card h2{margin-bottom:14px}
figcaption,.caption{margin:12px 0 0;color:var(--soft);font-size:14px;line-height:1.5}
figcaption b{color:var(--ink)}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:15px;font-variant-numeric:tabular-nums}
th,td{padding:7px 12px;border-bottom:1px solid var(--edge);text-align:right;white-space:nowrap}
thead th{color:var(--soft);font-size:13px;font-weight:600}
tr>th:first-child{text-align:left}
tbody th{font-weight:500}
.ours>*{background:var(--ours);font-weight:700}
.doubtful>*{background:var(--warn)}
.aside{color:var(--soft);text-align:center}
dl.methods{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0 0;font-size:13.5px;color:var(--soft)}
dl.methods dt{color:var(--ink)}dl.methods dd{margin:0}
.source{margin:0 0 16px}
pre{margin:0 0 6px;padding:9px 13px;background:var(--paper);border:1px solid var(--edge);border-radius:8px;font-size:13px;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere}
code{font-family:"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.92em}
.facts{margin:0;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
summary{color:var(--soft);font-size:13px;cursor:pointer}
footer{padding:26px 28px 50px;color:var(--soft);font-size:13px}
@media (max-width:900px){.tiles{grid-template-columns:repeat(3,1fr)}.cards{grid-template-columns:minmax(0,1fr)}.wide .scroll .chart{min-width:760px}}
@media (max-width:560px){main,header,footer{padding-left:14px;padding-right:14px}h1{font-size:29px}.lead{font-size:17px}.tiles{grid-template-columns:repeat(2,1fr)}.tile dd{font-size:23px}.card{padding:16px 14px 12px}dl.methods{display:block}.card .chart{min-width:420px}}
@media print{body{background:#fff}.card,.tile{break-inside:avoid}}
)css";
}

}  // namespace ism::explain
