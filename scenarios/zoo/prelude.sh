# To be read before what a broken stand-in does: it lies in the place of a stand-in of a world.
root=${0%/usr/*}
name=${0##*/}
# The stand-in that does right.
real() { "$root/behind/$name" "$@"; }
