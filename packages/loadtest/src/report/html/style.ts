/** The style of the report: both themes by the reader's setting, one column on a phone, black on white in print. */
export const STYLE = `
:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--soft:#57606a;--rule:#d0d7de;--line:#0a57b5;--band:#0a57b52e;--budget:#a1260d;--pass:#116329;--fail:#a1260d;--unsure:#7a4d00}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--ink:#e6edf3;--soft:#a3adb8;--rule:#343c46;--line:#6cb0ff;--band:#6cb0ff38;--budget:#ff9a85;--pass:#6fdd8b;--fail:#ff9a85;--unsure:#f0c060}}
@media print{:root{color-scheme:light}.scroll{max-height:none!important}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:72rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.25}h2{margin-top:2.5rem;border-bottom:1px solid var(--rule);font-size:1.3rem;overflow-wrap:anywhere}h3{margin:0 0 .5rem;font-size:1.05rem}
p,figcaption{color:var(--soft)}
figure{display:grid;grid-template-columns:minmax(0,1fr);gap:.5rem 1.5rem;margin:1.5rem 0}
@media (min-width:52rem){figure{grid-template-columns:minmax(0,3fr) minmax(0,2fr)}figure>h3,figure>figcaption{grid-column:1/-1}}
svg{width:100%;height:auto;font:15px system-ui,sans-serif}svg text{fill:var(--ink);stroke:var(--page);stroke-width:5;stroke-linejoin:round;paint-order:stroke}
.grid{stroke:var(--rule);fill:none}.axis{stroke:var(--soft);fill:none}.line{stroke:var(--line);stroke-width:2.5;fill:none;stroke-linejoin:round}.beyond{stroke-dasharray:6 5}.band{fill:var(--band);stroke:none}.edge{stroke:var(--soft);stroke-dasharray:2 4}.budget{stroke:var(--budget);stroke-width:4;stroke-dasharray:5 3}.dot{fill:var(--page);stroke:var(--line);stroke-width:2.5}
.scroll{overflow:auto;max-height:22rem}.scroll.whole{max-height:none}.scroll:focus-visible{outline:3px solid var(--line)}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}caption{padding:.25rem 0;text-align:left;color:var(--soft)}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top;font-weight:400;overflow-wrap:break-word}thead th{color:var(--soft)}
@media (max-width:40rem){.checks thead{display:none}.checks tr{display:grid;grid-template-columns:8rem minmax(0,1fr);border-bottom:1px solid var(--rule);padding:.3rem 0}.checks td,.checks th{border:0;padding:0}.checks td:nth-child(n+3){grid-column:1/-1}.checks td:last-child:not(:empty)::before{content:'headroom '}}
.verdict{white-space:nowrap;font-weight:600}.pass{color:var(--pass)}.fail,.violated{color:var(--fail)}.inconclusive{color:var(--unsure)}
`;
