#pragma once
// SPDX-License-Identifier: BSL-1.0
// What a call refused, as one text: "data: csr: need ..."; "nothing" when it went through.
#include <lacuna/core/error.hpp>
#include <string>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

inline std::string text(errc code) {
  switch (code) {
    case errc::shape:
      return "shape";
    case errc::argument:
      return "argument";
    case errc::pattern:
      return "pattern";
    case errc::data:
      return "data";
    case errc::overflow:
      return "overflow";
    case errc::io:
      return "io";
  }
  return "?";
}

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return text(e.code()) + ": " + e.what();
  }
  return "nothing";
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
