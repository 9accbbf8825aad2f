#include <ism/explain/chart.hpp>

namespace ism::explain {

// Okabe & Ito (2008), "Color Universal Design"; the dark set is the same hues, lighter.
std::string chart_style() {
    return R"css(:root{--ink:#18212b;--soft:#55616e;--grid:#e4e8ec;--rule:#aeb7c0;--field:#ffffff;
--c0:#18212b;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#b3568e;--c5:#e69f00;--c6:#56b4e9;--c7:#9aa5b1}
@media (prefers-color-scheme:dark){:root{--ink:#e9eef3;--soft:#a3b0bd;--grid:#2a333d;--rule:#5a6773;--field:#161c23;
--c0:#e9eef3;--c1:#4fb0ea;--c2:#ff8c4d;--c3:#3ecb9f;--c4:#e59cc6;--c5:#f3bb50;--c6:#93d3f7;--c7:#6d7a87}}
.chart{display:block;width:100%;height:auto;font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;font-size:13px}
.chart text{fill:var(--soft)}.chart .axis{fill:var(--ink);font-size:13.5px}.chart .key{fill:var(--ink)}
.chart .name{fill:var(--ink);font-size:14px;font-weight:600}.chart .note{font-size:13px;font-weight:600;paint-order:stroke;stroke:var(--field);stroke-width:3px;stroke-linejoin:round}
.chart .mid{text-anchor:middle}.chart .end{text-anchor:end}
.field{fill:var(--field);stroke:var(--rule);stroke-width:1}.grid{stroke:var(--grid);stroke-width:1}.rule{stroke:var(--rule);stroke-width:1}
.raster{image-rendering:pixelated}
.line,.dot{fill:none;stroke-linecap:round;stroke-linejoin:round}.dash{stroke-dasharray:7 5}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}.f6{fill:var(--c6)}.f7{fill:var(--c7)}
.chart .t0{fill:var(--c0)}.chart .t1{fill:var(--c1)}.chart .t2{fill:var(--c2)}.chart .t3{fill:var(--c3)}.chart .t4{fill:var(--c4)}.chart .t5{fill:var(--c5)}.chart .t6{fill:var(--c6)}.chart .t7{fill:var(--c7)}
)css";
}

std::string to_svg_file(const Chart& chart) {
    std::string svg = to_svg(chart, "chart");
    const std::size_t head = svg.find(">\n") + 2;
    return svg.insert(head, "<style>" + chart_style() + "</style>\n");
}

}  // namespace ism::explain
