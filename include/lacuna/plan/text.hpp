#pragma once
// SPDX-License-Identifier: BSL-1.0
// Numbers and lists as a reader wants them: 3 significant digits, "1, 8 and 32", 93.1 %.
#include <cmath>
#include <lacuna/core/error.hpp>
#include <string>
#include <vector>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// At least `digits` significant digits, never an exponent: 0.0123, 1.23, 12.3, 123, 1234.
inline std::string significant_text(double value, int digits = 3) {
  if (!std::isfinite(value)) return "-";
  int decimals = value > 0 ? digits - 1 - static_cast<int>(std::floor(std::log10(value))) : digits - 1;
  if (std::round(value * std::pow(10, decimals)) >= std::pow(10, digits)) --decimals;  // 9.996 is 10.0
  decimals = decimals < 0 ? 0 : decimals > 6 ? 6 : decimals;
  char format[8] = "%.0f";
  format[2] = static_cast<char>('0' + decimals);
  return number_text(format, value);
}

/// 0.931 as "93.1 %".
inline std::string percent_text(double share) {
  return share == 0 || share >= 0.9995 ? number_text("%.0f %%", share * 100)
                                       : significant_text(share * 100) + " %";
}

/// x1.88
inline std::string speedup_text(double ratio) {
  std::string text = "x";
  return text += significant_text(ratio);
}

inline std::string mib_text(std::size_t bytes) {
  return significant_text(static_cast<double>(bytes) / (1 << 20)) + " MiB";
}

/// "a", "a and b", "a, b and c"
inline std::string list_text(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

/// 17 ms, 0.23 ms, 4.1 us
inline std::string time_text(double seconds) {
  if (seconds >= 1) return significant_text(seconds) + " s";
  return seconds >= 1e-4 ? significant_text(seconds * 1e3) + " ms" : significant_text(seconds * 1e6) + " us";
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
