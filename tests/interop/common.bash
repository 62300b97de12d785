# What the interop tests share, on top of what the tests of the program do.

load ../cli/common

# needs TOOL...: a tool that is missing is a visible skip, or with CI=true a failure.
needs() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 || lacks "$tool is not installed"
    done
}

lacks() {
    [ "${CI:-}" = true ] || skip "$1"
    echo "$1" >&2
    return 1
}

# The three keys of a request, in the order in which we write them.
REQUEST_KEYS="PushCertRequestCSR PushCertCertificateChain PushCertSignature"
