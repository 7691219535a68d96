"""Which folders of a site.toml must not be the same one, a sentence each.

`runtime_dir` is emptied when the machine starts. What uplink keeps in `cache_dir` is not verified yet, and
gatekeeper's own copy of the trust is never another process's to write.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from os.path import normpath

from kiosk.config.sections import Site
from kiosk.config.sentences import shown


def shared_folders(site: Site) -> Iterator[str]:
    folders = {
        "site.state_dir": site.site.state_dir,
        "site.runtime_dir": site.site.runtime_dir,
        "uplink.cache_dir": site.uplink.cache_dir,
        "the trust in site.state_dir": site.trust_path,
    }
    for (one, here), (other, there) in combinations(folders.items(), 2):
        if normpath(here) == normpath(there):
            yield f"{other}: is the same folder as {one}, {shown(str(here))}; give each its own."
