about='while it waits, a file that is still being copied is left alone until it is whole'
prepare() { head -c 700 "$SHELF/vendor.cer" >inputs/mdm.cer; }
run() {
    (sleep 1.2; cp "$SHELF/vendor.cer" "$ROOM/whole"; mv "$ROOM/whole" inputs/mdm.cer) &
    mdm --wait=3
}
status=3
err='Wrote outputs/plist_encode'
check() { mdm verify; }
