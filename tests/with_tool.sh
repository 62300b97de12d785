#!/bin/sh
# with_tool.sh TOOL COMMAND...: runs COMMAND when TOOL is there. Without it: a visible skip, or, with CI=true, a failure.
tool=$1
shift
command -v "$tool" >/dev/null 2>&1 && exec "$@"
echo "skip: $tool is not installed"
[ "${CI:-}" = true ] && exit 1
exit 77
