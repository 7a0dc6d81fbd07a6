/**
 * The page's own style. Colours are variables with a light and a dark set (contrast of text at least 4.5 : 1 on both grounds); blue and
 * vermilion keep apart for all common kinds of colour blindness, and no meaning rests on colour alone.
 */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f8fa;--ink:#1b2126;--ink-soft:#56616b;--line:#dde3e8;--accent:#0b5c9e;
--measured:#b9c5cf;--band:rgba(11,92,158,.15);--passed:#00664f;--passed-ground:#e3f3ee;--failed:#a63a06;--failed-ground:#fcece3;
--skipped:#56616b;--skipped-ground:#eceff2}
@media (prefers-color-scheme:dark){:root{--ground:#14181c;--panel:#1c2228;--ink:#e4e9ed;--ink-soft:#a3afb9;--line:#333c45;--accent:#6db6f2;
--measured:#56636f;--band:rgba(109,182,242,.2);--passed:#5fd0af;--passed-ground:#153029;--failed:#ff9d6c;--failed-ground:#3a2115;
--skipped:#a3afb9;--skipped-ground:#262d34}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 Charter,"Bitstream Charter","Source Serif 4",Georgia,Cambria,
serif;overflow-wrap:anywhere}
main,header.title,footer{max-width:46rem;margin:0 auto;padding:0 1.25rem}
header.title{padding-top:3.5rem;padding-bottom:1rem}
h1,h2,h3,h4,h5,.sans,.table table,figcaption,.badge,.facts dt,.controls,nav,svg text,.step-check,.verdict-heading,.caption,footer{
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:2.1rem;line-height:1.2;margin:0 0 .6rem;letter-spacing:-.015em}
h2{font-size:1.5rem;line-height:1.25;margin:4rem 0 1rem;padding-top:1.2rem;border-top:1px solid var(--line)}
h3{font-size:1.15rem;margin:2.6rem 0 .7rem}
h4{font-size:1rem;margin:2rem 0 .6rem}
h5{font-size:1rem;margin:1.6rem 0 .6rem}
.subtitle{color:var(--ink-soft);margin:.2rem 0}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,select:focus-visible,button:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
p{margin:.7rem 0}
ul{padding-left:1.3rem}
li{margin:.3rem 0}
code{font-size:.9em}
.formula{overflow-x:auto;overflow-y:hidden;padding:.35rem 0;margin:.5rem 0}
.formula .katex-display{margin:.3rem 0;min-width:max-content}
.katex{font-size:1.1em}
.katex-inline[data-tex]{vertical-align:baseline}
[data-tex]{font:.8rem/1.5 ui-monospace,Consolas,monospace;color:var(--ink-soft)}
.katex-inline{display:inline-block;max-width:100%;padding-right:4px;margin-right:-4px;overflow-x:auto;overflow-y:hidden;
vertical-align:bottom}
.badge{display:inline-block;font-size:.75rem;font-weight:650;line-height:1.5;padding:0 .5em;border-radius:3px;white-space:nowrap}
.badge.passed{color:var(--passed);background:var(--passed-ground)}
.badge.failed{color:var(--failed);background:var(--failed-ground)}
.badge.skipped{color:var(--skipped);background:var(--skipped-ground)}
.verdict{border-left:4px solid;padding:.8rem 1.1rem;margin:1.4rem 0;border-radius:0 4px 4px 0}
.verdict>*{color:var(--ink);margin:.2rem 0}
.verdict .verdict-heading{font-weight:700}
.verdict.passed{border-color:var(--passed);background:var(--passed-ground)}.verdict.passed .verdict-heading{color:var(--passed)}
.verdict.failed{border-color:var(--failed);background:var(--failed-ground)}.verdict.failed .verdict-heading{color:var(--failed)}
.verdict.skipped{border-color:var(--skipped);background:var(--skipped-ground)}.verdict.skipped .verdict-heading{color:var(--skipped)}
.result{margin:1.3rem 0;padding:.7rem 1.1rem;background:var(--panel);border-radius:4px}
.result-label{font-weight:650;color:var(--accent);margin:0}
.note,.step-check{font-size:.875rem;color:var(--ink-soft)}
.steps{list-style:none;padding:0;margin:0}
.steps>li{margin:0;padding:1rem 0 1rem 3.6rem;position:relative;border-bottom:1px solid var(--line)}
.steps>li:last-child{border-bottom:0}
.step-number{position:absolute;left:0;top:1.05rem;color:var(--accent);font-weight:650;font-size:.9375rem}
.steps p{margin:0}
.before{color:var(--ink-soft)}
.becomes{text-align:center;color:var(--ink-soft);line-height:1}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.4rem;margin:1.2rem 0}
.facts dt{color:var(--ink-soft);font-size:.9375rem}
.facts dd{margin:0}
.table{margin:1.6rem 0}
.table[id$=summary] .katex{white-space:nowrap}
@media (min-width:40.01rem){.table[id$=summary] .katex-inline{max-width:none;overflow:visible}}
.scroll{overflow-x:auto}
.table table{border-collapse:collapse;width:100%;font-size:.9rem;line-height:1.45;font-variant-numeric:tabular-nums}
p.caption,figcaption{text-align:left;font-size:.875rem;line-height:1.5;color:var(--ink-soft)}
p.caption{margin:0 0 .6rem}
p.caption b,figcaption b{color:var(--accent)}
.table th{text-align:left;border-bottom:1.5px solid var(--ink);border-top:1.5px solid var(--ink);padding:.45rem .8rem .45rem 0;
white-space:nowrap}
.table td{border-bottom:1px solid var(--line);padding:.5rem .8rem .5rem 0;vertical-align:top;overflow-wrap:normal}
.right{text-align:right!important;white-space:nowrap}
figure{margin:2rem 0}
figcaption{margin-top:.7rem}
.panels.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem}
.panels.row>div{max-width:30rem;min-width:0}
.panels.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(5.6rem,1fr));gap:.4rem .5rem}
svg.plot{display:block;width:100%;height:auto;font-size:12px}
svg.plot text{fill:var(--ink-soft)}svg .x{text-anchor:middle}svg .y{text-anchor:end}svg.plot text.title{fill:var(--ink);font-weight:650}
svg.plot path,svg.plot circle{fill:none;stroke-linejoin:round;vector-effect:non-scaling-stroke}
svg .axis,svg .tick{stroke:var(--ink-soft);stroke-width:1}svg .grid{stroke:var(--line);stroke-width:1}
svg .measured{stroke:var(--measured);stroke-width:5.5;stroke-linecap:round}
svg .theory,svg .residual{stroke:var(--accent);stroke-width:1.4}
svg .second{stroke:var(--failed);stroke-width:1.4}
svg .iterates{stroke:var(--ink);stroke-width:.6}
svg .field{stroke:var(--measured);stroke-width:1}
svg .guide{stroke:var(--ink-soft);stroke-width:1;stroke-dasharray:5 4}
svg.plot .band{fill:var(--band);stroke:none}
svg.plot circle.theory{fill:var(--accent)}svg.plot circle.second{fill:var(--failed)}svg.plot circle.iterates{fill:var(--ink)}
svg.small{font-size:11px;border-radius:3px}svg.small .measured{stroke-width:3.5}svg.small .theory{stroke-width:1}
svg.small .axis{stroke:var(--line)}
.live svg.small{cursor:pointer}.live svg.small:hover{background:var(--panel)}
.narrow{display:none!important}
.diagram{list-style:none;display:flex;flex-wrap:wrap;align-items:center;justify-content:center;gap:.6rem 0;padding:0;margin:0;
font:.875rem/1.45 system-ui,sans-serif;text-align:center}
.diagram li{display:flex;align-items:center;margin:0;max-width:100%}
.diagram li+li::before{content:"→";padding:0 .5rem;color:var(--ink-soft)}
.box{border:1px solid var(--line);border-radius:4px;background:var(--panel);padding:.35rem .7rem;min-width:0}
.box .diagram{margin-top:.5rem}.box .box{background:var(--ground)}
.explorer{margin:2.4rem 0}
.controls{display:flex;flex-wrap:wrap;gap:.5rem .6rem;align-items:end;font-size:.875rem;margin:.8rem 0}
.controls label{display:flex;flex-direction:column;gap:.2rem;color:var(--ink-soft);min-width:0;max-width:100%}
.controls select,.controls button{font:inherit;color:var(--ink);background:var(--panel);border:1px solid var(--line);border-radius:4px;
min-height:2.4rem;padding:.2rem .6rem;max-width:100%}
.controls button{min-width:2.4rem;cursor:pointer}
.controls .group{display:flex;gap:.3rem}
.uplot{font-family:inherit!important;max-width:100%}
.u-legend{font:12px/1.5 system-ui,sans-serif!important;color:var(--ink-soft);text-align:left!important}
.u-legend .u-value{font-variant-numeric:tabular-nums;min-width:5.2em;text-align:left;color:var(--ink)}
.u-legend tr.u-series td,.u-legend th,.u-legend td{border:0;padding:0 .35em 0 0}
.u-legend .u-series.silent{display:none}
.u-select{background:var(--band)!important}
.u-cursor-x,.u-cursor-y{border-color:var(--ink-soft)!important}
nav.contents{font-size:.9375rem;margin:1.6rem 0}
nav.contents ol{padding-left:1.4rem;margin:.2rem 0}
nav.contents.book ul{padding-left:2.4rem;list-style:none}nav.contents.book ul ul{padding-left:1rem;font-size:.875rem}
nav.contents.book .number{display:inline-block;width:2rem;margin-left:-2rem}
.number{color:var(--ink-soft);font-weight:400;margin-right:.6em}nav .number{margin-right:0}
main>section[id^=chapter]{content-visibility:auto;contain-intrinsic-size:auto 6000px}
p.part{font:650 1.0625rem/1.4 system-ui,sans-serif;color:var(--accent);margin:1.6rem 0 .4rem}main>p.part{font-size:1.25rem;margin:6rem 0 0}
main>p.part+section>h2{margin-top:1.2rem}
nav.contents summary{cursor:pointer;font-weight:650}
.references{padding-left:0;list-style:none}.references li{padding-left:3.6rem;text-indent:-3.6rem;margin:.6rem 0}
.references b{display:inline-block;width:3.6rem;text-indent:0;color:var(--accent)}
footer{color:var(--ink-soft);font-size:.8125rem;padding-top:3rem;padding-bottom:3rem}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:1rem;background:var(--ground);padding:.5rem}
@media (max-width:40rem){.table thead{display:none}.table table,.table tbody,.table tr,.table td{display:block}
.table tr{border-top:1px solid var(--line);padding:.6rem 0}
.table td{display:flex;gap:1rem;justify-content:space-between;border:0;padding:.15rem 0;text-align:right}
.table td::before{content:attr(data-title);color:var(--ink-soft);text-align:left;flex:none}.right{white-space:normal}
.table td>div{min-width:0}.table .katex-inline{margin-right:0}.narrow{display:block!important}.wide{display:none!important}
body{font-size:1rem}h1{font-size:1.6rem}h2{font-size:1.3rem;margin-top:3rem}main,header.title,footer{padding-left:1rem;padding-right:1rem}
header.title{padding-top:2rem}.steps>li{padding-left:0;padding-top:2.4rem}.step-number{top:.9rem}.facts{grid-template-columns:1fr;gap:0}
.facts dd{margin-bottom:.6rem}.panels.grid{grid-template-columns:repeat(auto-fill,minmax(4.6rem,1fr))}.formula .katex{font-size:1em}}
@media print{:root{--ground:#fff;--panel:#f6f8fa;--ink:#000;--ink-soft:#444;--line:#ccc;--accent:#0b5c9e;--measured:#b9c5cf;--band:rgba(11,
92,158,.15);--passed:#00664f;--passed-ground:#e3f3ee;--failed:#a63a06;--failed-ground:#fcece3;--skipped:#444;--skipped-ground:#eee}
body{font-size:10pt}main,header.title,footer{max-width:none}.explorer,nav.contents,.skip{display:none}
main>section{content-visibility:visible!important}h2{break-before:auto}h2,h3,h4,h5{break-after:avoid}
figure,.steps>li,.result,.verdict,tr{break-inside:avoid}.formula{overflow:visible}a{color:inherit;text-decoration:none}}
`.trim()
