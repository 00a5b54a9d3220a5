// SPDX-License-Identifier: BSL-1.0
#include "format/convert.hpp"

using namespace lacuna;

TEMPLATE_LIST_TEST_CASE("convert keeps everything: every kind of pattern to every kind", "[format]", kinds) {
  check_convert_to<TestType>(kinds{}, GENERATE(9u, 10u));
}

TEST_CASE("convert from any codec to any codec keeps what both can hold", "[format]") {
  const auto w = test::random_matrix(33, 70, 0.3, 11);
  for_each_type(number_codecs{}, [&](auto c) {
    const auto a = encode<bitmap, decltype(c)>(w);
    for_each_type(number_codecs{}, [&](auto d) {
      CAPTURE(codec_of<decltype(c)>::name, codec_of<decltype(d)>::name);
      CHECK(test::difference(decode(convert<csr, decltype(d)>(a)), w) == "");
    });
    CHECK(convert<csr, ones>(a).nnz() == a.nnz());
  });
}
