#!/bin/sh
# A service that runs goes on with the new program. One that doesn't is left alone: it has to be configured first.
if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	systemctl try-restart microsoft-mcp-server.service || true
fi
