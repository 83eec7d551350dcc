"""How the pages look, on a screen and on paper."""

STYLE = """
:root { color-scheme: light; --ink: #1c2733; --dim: #5b6876; --line: #d6dde4; --link: #1f5f99; --pale: #f4f7fa; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 17px/1.6 Georgia, "Noto Serif", "Noto Serif CJK JP",
  "Hiragino Mincho ProN", "Yu Mincho", "Source Han Serif", serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; overflow-wrap: break-word; }
h1, h2, h3, h4, nav, figcaption, .note, .ledger, th, summary, cite, .filters { font-family: "Helvetica Neue", Arial,
  "Noto Sans", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.6rem 0 .7rem; padding-top: .6rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .5rem; }
.number { color: var(--dim); margin-right: .3em; }
p { margin: 0 0 .9rem; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
a.cite { font-size: .88em; }
.note { color: var(--dim); font-size: .82rem; margin: .25rem 0; }
.abstract { background: var(--pale); padding: .9rem 1.2rem .4rem; margin-top: 1.4rem; font-size: .95rem; }
.abstract h2 { border: 0; margin: 0 0 .4rem; padding: 0; font-size: .95rem; }
nav { margin: 1.6rem 0 0; font-size: .84rem; line-height: 1.5; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav .level-3 { padding-left: 1.4rem; }
table { border-collapse: collapse; width: 100%; margin: 1.2rem 0; font-size: .82rem; line-height: 1.4; display: block;
  overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid var(--line);
  min-width: 6.5rem; }
th { border-bottom: 2px solid var(--ink); }
figure { margin: 2rem 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; }
figcaption { color: var(--dim); font-size: .82rem; margin-top: .5rem; }
blockquote { margin: .5rem 0; padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--line); color: #3a4653; }
blockquote p { margin: 0 0 .3rem; }
blockquote cite { display: block; font-style: normal; font-size: .85em; color: var(--dim); }
code { font: .88em ui-monospace, Menlo, Consolas, monospace; background: var(--pale); padding: .05em .25em; }
pre { overflow-x: auto; background: var(--pale); padding: .8rem; }
pre code { padding: 0; background: none; }
.references ol { padding-left: 2.6rem; font-size: .86rem; line-height: 1.5; }
.references li { margin-bottom: .5rem; }
.references li::marker { content: "[" counter(list-item) "]  "; color: var(--dim); }
.references details { margin-top: .15rem; }
summary { cursor: pointer; color: var(--dim); font-size: .8rem; }
li:target, li:has(:target) { background: #fff8dd; }
@media (min-width: 84rem) {
  nav { position: fixed; top: 0; left: 0; bottom: 0; width: calc(50vw - 24rem); max-width: 22rem; overflow-y: auto;
    margin: 0; padding: 2.6rem 1.5rem; }
}
@media print {
  body { font-size: 10.5pt; line-height: 1.45; }
  main { max-width: none; padding: 0; }
  nav, details, .filters { display: none; }
  a { color: inherit; }
  h2, h3 { break-after: avoid; }
  figure, tr, .claim { break-inside: avoid; }
  table { display: table; }
  @page { margin: 22mm 20mm; }
}
"""

LEDGER_STYLE = """
.filters label { margin-right: .35rem; padding: .2rem .6rem; border: 1px solid var(--line); border-radius: 1rem;
  cursor: pointer; font-size: .84rem; display: inline-block; margin-bottom: .35rem; }
.filter { position: absolute; opacity: 0; }
.claim { border-left: 4px solid var(--line); padding: .5rem 0 .5rem 1rem; margin: .9rem 0; font-size: .92rem;
  line-height: 1.5; }
.claim p { margin: 0 0 .3rem; }
.claim.removed > p:first-of-type { text-decoration: line-through; color: var(--dim); }
.claim .meta { color: var(--dim); font-size: .78rem; }
.claim blockquote { font-size: .84rem; }
.verdict { font-weight: bold; }
.supported { border-color: #2f8f5b; } .partly { border-color: #d19a1d; }
.unsupported { border-color: #c0392b; } .uncited { border-color: #7a8794; }
.supported .verdict { color: #23744a; } .partly .verdict { color: #8f6600; }
.unsupported .verdict { color: #a93226; } .uncited .verdict { color: #56626e; }
#v-supported:checked ~ .claims .claim:not(.supported), #v-partly:checked ~ .claims .claim:not(.partly),
#v-unsupported:checked ~ .claims .claim:not(.unsupported), #v-uncited:checked ~ .claims .claim:not(.uncited)
  { display: none; }
#v-all:checked ~ .filters label[for=v-all], #v-supported:checked ~ .filters label[for=v-supported],
#v-partly:checked ~ .filters label[for=v-partly], #v-unsupported:checked ~ .filters label[for=v-unsupported],
#v-uncited:checked ~ .filters label[for=v-uncited] { background: var(--ink); color: #fff; }
.filter:focus-visible ~ .filters { outline: 2px solid var(--link); outline-offset: 3px; }
"""
