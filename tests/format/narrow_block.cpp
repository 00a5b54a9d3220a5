// SPDX-License-Identifier: BSL-1.0
#include "format/narrow.hpp"

using namespace lacuna;

namespace {
using float8_codecs = std::tuple<f8_e4m3, f8_e5m2>;
}  // namespace

TEMPLATE_LIST_TEST_CASE("codes and cells are those of the weights: int8 in blocks of whole groups",
                        "[format]", narrow_blocks) {
  check_narrow<TestType>(int8_codecs{}, GENERATE(1u, 2u), plain_product{});
}

TEMPLATE_LIST_TEST_CASE("codes and cells are those of the weights: int4 in blocks of whole groups",
                        "[format]", narrow_blocks) {
  check_narrow<TestType>(int4_codecs{}, GENERATE(1u, 2u), plain_product{});
}

TEMPLATE_LIST_TEST_CASE("codes and cells are those of the weights: 8-bit floats", "[format]", kinds) {
  check_narrow<TestType>(float8_codecs{}, GENERATE(1u, 2u), plain_product{});
}
