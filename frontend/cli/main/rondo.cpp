// The `rondo` program.
#include "frontend/cli/main.h"

int main(int argc, char** argv) {
  return rondo::cli::main(argc, argv);
}
