#pragma once
// SPDX-License-Identifier: BSL-1.0
// How the programs of this folder read a number of their command line.
#include <charconv>
#include <lacuna/core/error.hpp>
#include <string>

/// All of `word` as a number from least to most. Fails with errc::argument and a sentence that begins with the option.
template <class T>
T option_number(const std::string& option, const std::string& word, T least, T most) {
  T value{};
  const char* const end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end || !(value >= least && value <= most))
    lacuna::fail(lacuna::errc::argument,
                 option + ": need a number from " + lacuna::number_text("%.10g", static_cast<double>(least)) +
                     " to " + lacuna::number_text("%.10g", static_cast<double>(most)) + "; got '" + word +
                     "'");
  return value;
}
