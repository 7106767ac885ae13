"""The look of a diagram that is a document of its own. In a page it is `static/css/diagram.css`."""

import base64
from hashlib import sha256

# Plain colours, those of the tokens, because programs other than browsers show such files too.
STYLE = """
.lc{color-scheme:light dark;background:#fff;font-family:Inter,system-ui,sans-serif}
.lc-line,.lc-pill{fill:none;stroke:#8b867b;stroke-width:1.25}
.lc-pill{stroke-dasharray:3 3}
.lc-head,.lc-dot{fill:#8b867b}
.lc-name{font-size:14px;font-weight:500;fill:currentColor}
.lc-label{font-size:13px;fill:#1d1f1e}
.lc-who{font-size:11.5px;fill:#656259}
.lc-initial{color:#474aab}
.lc-active{color:#1c683a}
.lc-inactive{color:#57544c}
.lc-tile{stroke:currentColor;stroke-opacity:.4}
.lc-initial .lc-tile{fill:#ecedfa}
.lc-active .lc-tile{fill:#e2f2e6}
.lc-inactive .lc-tile{fill:#ebe8e1}
.lc-glyph{fill:currentColor}
.lc-open{fill:none;stroke:currentColor;opacity:.6}
.lc-grey .lc-glyph{fill:#7d786c}
.lc-red .lc-glyph{fill:#c5362a}
.lc-orange .lc-glyph{fill:#c75b12}
.lc-gold .lc-glyph{fill:#a87409}
.lc-green .lc-glyph{fill:#23804a}
.lc-petrol .lc-glyph{fill:#0b6272}
.lc-blue .lc-glyph{fill:#2f6bc4}
.lc-violet .lc-glyph{fill:#7a49b8}
.lc-current .lc-tile{fill:currentColor}
.lc-current .lc-name,.lc-current .lc-glyph{fill:#fff}
.lc-current .lc-open{fill:none;stroke:#fff}
@media(prefers-color-scheme:dark){
.lc{background:#1a1d1e}
.lc-line,.lc-pill{stroke:#778083}
.lc-head,.lc-dot{fill:#778083}
.lc-label{fill:#ecebe6}
.lc-who{fill:#9d9d96}
.lc-initial{color:#b3b6ff}
.lc-active{color:#82d79e}
.lc-inactive{color:#bdb9af}
.lc-initial .lc-tile{fill:#272a4a}
.lc-active .lc-tile{fill:#17351f}
.lc-inactive .lc-tile{fill:#2d2e2c}
.lc-grey .lc-glyph{fill:#9a9a93}
.lc-red .lc-glyph{fill:#ff8a7d}
.lc-orange .lc-glyph{fill:#f59a5b}
.lc-gold .lc-glyph{fill:#e0ae4a}
.lc-green .lc-glyph{fill:#6fcf92}
.lc-petrol .lc-glyph{fill:#6ac7d6}
.lc-blue .lc-glyph{fill:#8ab4f8}
.lc-violet .lc-glyph{fill:#c3a1f2}
.lc-current .lc-tile{fill:currentColor}
.lc-current .lc-name,.lc-current .lc-glyph{fill:#1a1d1e}
.lc-current .lc-open{stroke:#1a1d1e}
}
"""
_DIGEST = base64.b64encode(sha256(STYLE.encode()).digest()).decode()

# The content security policy for such a document: it may be styled by exactly this text, and no more.
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; frame-ancestors 'none'"
