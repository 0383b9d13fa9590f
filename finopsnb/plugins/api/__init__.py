"""What plugins that collect from HTTP APIs are made of.

    Server ──▶ replies ──▶ flattened by the plugin ──▶ a table of texts ──▶ the conversion, as for files
                  ▲
    window: the days since the last collection, less a lag for what the provider restates

The same replies may lie in files that were saved before; then the plugin collects files, and asks nobody.
"""

from __future__ import annotations

from finopsnb.plugins.api.export import ApiConfig, ApiExport, read_reply
from finopsnb.plugins.api.fetching import Server
from finopsnb.plugins.api.replies import Row, Rows, parsed
from finopsnb.plugins.api.values import periods, used
from finopsnb.plugins.api.windows import Window

__all__ = ["ApiConfig", "ApiExport", "Row", "Rows", "Server", "Window", "parsed", "periods", "read_reply", "used"]
