// SPDX-License-Identifier: BSL-1.0
//
// Our own main in place of the packaged one: Debian's Catch2WithMain is an x86 archive and breaks cross
// builds, and a log that says which data the tests saw can be read a year later.

#define CATCH_CONFIG_RUNNER
#include <cstdlib>
#include <iostream>

#include "support/catch.hpp"

int main(int argc, char* argv[]) {
  Catch::Session session;
  if (const int bad = session.applyCommandLine(argc, argv); bad != 0) return bad;
  if (const char* data = std::getenv("LACUNA_TEST_DATA"); data != nullptr) {
    std::cout << "LACUNA_TEST_DATA=" << data << '\n';
  }
  return session.run();
}
