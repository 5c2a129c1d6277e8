#!/usr/bin/env python3
"""Validates recorded conversations: check_log.py REVISION LOG."""
import sys

import schemas

heard = schemas.check_log(sys.argv[2], sys.argv[1])
if not heard.cancelled:
    heard.complain("log", "nothing was cancelled")
if heard.complaints:
    sys.exit("\n".join(heard.complaints))
print(f"mcp {heard.revision.name}: " + ", ".join(f"{n} {k}" for k, n in heard.count.items()))
