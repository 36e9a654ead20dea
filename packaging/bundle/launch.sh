#!/bin/sh
# Starts the program that fits this machine. Clients that unpack an extension drop its files' permissions at times.
case "$(uname -s)" in
Darwin) system=darwin ;;
*) system=linux ;;
esac
case "$(uname -m)" in
arm64 | aarch64) arch=arm64 ;;
*) arch=amd64 ;;
esac
program="$(dirname "$0")/microsoft-mcp-server-$system-$arch"
if [ ! -f "$program" ]; then
	echo "microsoft-mcp-server: this extension has no program for $system on $arch: $program is missing" >&2
	exit 1
fi
[ -x "$program" ] || chmod u+x "$program"
exec "$program" "$@"
