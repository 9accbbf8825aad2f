// write_labelled FILE.ism: an emulator with labelled outputs, for the tests of faces that cannot make one.
#include "bindings/labelled.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    write_labelled(argv[1]);
}
