"""Requests that leave for an address that somebody wrote into a setting: to a webhook, a chat, a tracker.

    url ──▶ targets ──▶ one look-up ──▶ addresses: every one of them public? ──▶ connecting to that very one ──▶ exchanging

A setting is not a reason to reach what only this machine can reach: its loopback, the private network, the metadata service
of its cloud. Such addresses are refused in every spelling, unless the settings allow the host by its name. Nothing here
follows a redirect, asks a proxy of the environment, waits longer or reads more than it was allowed.
"""

from __future__ import annotations

from finopsnb.plugins.outbound.exchanging import Reply
from finopsnb.plugins.outbound.requesting import Outbound

__all__ = ["Outbound", "Reply"]
