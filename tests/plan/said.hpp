#pragma once
// SPDX-License-Identifier: BSL-1.0
#include <lacuna/core/config.hpp>
#include <string>

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// "" when `text` has `part`, else the whole text, so that a failed check shows it.
inline std::string missing(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos ? "" : "'" + part + "' is not in '" + text + "'";
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
