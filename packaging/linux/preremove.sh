#!/bin/sh
# dpkg says "remove", rpm says 0 when the last version goes; on an update both say something else.
case "$1" in
remove | 0)
	if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
		systemctl --no-reload disable --now microsoft-mcp-server.service || true
	fi
	;;
esac
