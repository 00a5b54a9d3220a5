// SPDX-License-Identifier: BSL-1.0
// Every form that any_linear expects, from a file: by itself, since each is another set of kernels.
#include <lacuna/format.hpp>
#include <lacuna/interop/any_file.hpp>
#include <lacuna/ops.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/generators.hpp"
#include "support/oracle.hpp"

using namespace lacuna;

namespace {

constexpr index_t rows = 37, depth = 96;

/// A file of that form comes back as a layer of that form, with its product.
template <class A>
void check_form(const std::string& path) {
  const auto a =
      encode<pattern_of<A>, codec_type_of<A>>(test::random_for<pattern_of<A>>(rows, depth, 0.4, 1));
  save(path, a);
  const any_linear layer = load(path);
  CAPTURE(layer.form());
  CHECK(layer.form() == form_name<A>());
  CHECK(layer.rows() == rows);
  CHECK(layer.cols() == depth);
  CHECK(layer.bytes() == stored_bytes(a));
  for (const index_t tokens : {1, 5, 40}) {
    const auto x = test::random_matrix(tokens, depth, 1, 2, [](test::random_source& r) { return r.any(); });
    matrix<float> y(tokens, rows);
    linear(layer, x, y);
    CHECK(test::misses(y, test::oracle::linear(decode(a), x)) == "");
  }
}
template <class... A>
void check_forms(forms<A...>, const std::string& path) {
  (check_form<A>(path), ...);
}

}  // namespace

TEST_CASE("a layer is whatever its file holds", "[interop]") {
  const test::temporary_file file;
  check_forms(any_linear::default_forms{}, file.path());
}
