about='files that computers leave everywhere, and a note'
prepare() {
    vendor_cert
    printf '\000\000\000\001Bud1' >inputs/.DS_Store
    printf '\320\317\021\340' >inputs/Thumbs.db
    echo 'expires in November' >inputs/notes.txt
    : >inputs/.gitkeep
    mkdir inputs/old
}
