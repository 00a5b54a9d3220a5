#pragma once
// SPDX-License-Identifier: BSL-1.0
// Real matrices: every .smtx, .mtx and gunzipped lyra layer below the folder that LACUNA_TEST_DATA names.
//
//   test::for_each_real_matrix([](const std::string& name, const sparse_matrix<csr, float>& a) { ... });
//   if (test::form_fits<bitmap, bf16>(name, a)) ...     forms above 256 MiB are skipped with a line
//
// Files of .smtx have no values: they get seeded normal ones. Without the variable there are no matrices.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <lacuna/format.hpp>
#include <lacuna/interop/matrix_market.hpp>
#include <lacuna/interop/raw.hpp>
#include <lacuna/interop/smtx.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/generators.hpp"

namespace lacuna {
inline namespace LACUNA_ARCH {
namespace test {

/// Mean 0, variance 1 (Box and Muller).
inline float normal(random_source& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return static_cast<float>(radius * std::cos(6.283185307179586 * random.uniform()));
}

inline sparse_matrix<csr, float> with_normal_values(const sparse_matrix<csr, ones>& pattern,
                                                    std::uint64_t seed) {
  auto a = convert<csr, float>(pattern);
  random_source random(seed);
  for (float& v : a.values()) v = normal(random);
  return a;
}

/// The bytes of a .gz file, by the gzip program; empty where there is none.
inline std::string gunzipped(const std::string& path) {
  std::string bytes;
#if defined(__unix__) || defined(__APPLE__)
  if (path.find('\'') != path.npos) return bytes;
  std::FILE* const pipe = ::popen(("gzip -dc '" + path + "' 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return bytes;
  char part[65536];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) bytes.append(part, n);
  if (::pclose(pipe) != 0) bytes.clear();
#else
  (void)path;
#endif
  return bytes;
}

/// The layers of the Lyra v1 network; their files say nothing of their shape.
struct lyra_layer {
  const char* file;
  index_t rows, cols;
};
inline constexpr lyra_layer lyra_layers[] = {{"lyra_16khz_conditioning_stack_0_weights.raw.gz", 512, 1024},
                                             {"lyra_16khz_conv1d_weights.raw.gz", 512, 480},
                                             {"lyra_16khz_gru_layer_weights.raw.gz", 3072, 1024},
                                             {"lyra_16khz_proj_weights.raw.gz", 512, 1024},
                                             {"lyra_16khz_transpose_0_weights.raw.gz", 1024, 512}};

/// The files of the test data whose names end in one of `ends`, in one order everywhere.
inline std::vector<std::string> data_files(std::initializer_list<std::string_view> ends) {
  std::vector<std::string> found;
  const char* const root = std::getenv("LACUNA_TEST_DATA");
  if (root == nullptr || *root == 0) return found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string path = entry.path().string();
    for (const std::string_view end : ends)
      if (path.size() >= end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0)
        found.push_back(path);
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// f(name, sparse_matrix<csr, float>) for each; returns how many there were.
template <class F>
index_t for_each_real_matrix(F&& f) {
  constexpr std::uint64_t seed = 1;
  index_t count = 0;
  const auto each = [&](const std::string& path, const sparse_matrix<csr, float>& a) {
    const std::string name = std::filesystem::path(path).filename().string();
    CAPTURE(name, a.rows(), a.cols(), a.nnz());
    f(name, a);
    ++count;
  };
  for (const auto& path : data_files({".smtx"})) each(path, with_normal_values(read_smtx(path), seed));
  for (const auto& path : data_files({".mtx"})) each(path, read_matrix_market(path));
  for (const lyra_layer& layer : lyra_layers)
    for (const auto& path : data_files({layer.file})) {
      const std::string bytes = gunzipped(path);
      if (bytes.empty())
        WARN("skipped, gzip cannot read it: " << path);
      else
        each(path, encode<csr, float>(parse_raw(
                       {reinterpret_cast<const std::byte*>(bytes.data()), static_cast<index_t>(bytes.size())},
                       layer.rows, layer.cols, path)));
    }
  return count;
}

/// The values that P stores for the nonzeros of `a`, fill included, without making it.
template <pattern P>
index_t stored_in(const sparse_matrix<csr, float>& a) {
  if constexpr (requires { P::block_rows(index_t{}); }) {
    const auto kept = [&](index_t i, auto&& f) { a.view().visit_row(i, [&](index_t k, float) { f(k); }); };
    const auto blocks = P::build(a.rows(), a.cols(), kept);
    return P::stored({a.rows(), a.cols(), borrow<P>(blocks)});
  } else if constexpr (requires { P::row_slots(index_t{}); }) {
    return checked_product("nm", a.rows(), P::row_slots(a.cols()));
  } else {
    return P::filled ? checked_product("dense", a.rows(), a.cols()) : a.nnz();
  }
}

/// May the form be made in a test? Above 256 MiB it is skipped with a line in the log.
template <pattern P, codec C>
bool form_fits(const std::string& name, const sparse_matrix<csr, float>& a) {
  const std::size_t bytes = model_bytes<P, C>(a.rows(), a.cols(), stored_in<P>(a));
  if (bytes <= std::size_t{256} << 20) return true;
  WARN("skipped: " << name << " as " << P::name() << " x " << codec_of<C>::name << " takes " << (bytes >> 20)
                   << " MiB");
  return false;
}

}  // namespace test
}  // namespace LACUNA_ARCH
}  // namespace lacuna
