// SPDX-License-Identifier: BSL-1.0
// cascade: a shared prefix and suffixes of their own, against attention in double over both; any split gives the same;
// the prefix is read once; threads change no bit; refusals.
#include "support/attention.hpp"
#include "support/catch.hpp"
#include "support/pool.hpp"
#include "support/refusal.hpp"

using namespace lacuna;

namespace {

template <class K, class V>
using pages_of = test::source<key_codec_of<K>, value_codec_of<V>>;

/// A batch: one prefix, suffixes of uneven length (0 among them).
template <class Prefix, class Suffix>
struct batch {
  Prefix prefix;
  std::vector<Suffix> suffix;
  std::vector<const Suffix*> pointers;
  matrix<float> q;
  batch(kv_shape zp, kv_shape zs, index_t heads, index_t group, index_t shared, index_t sequences)
      : prefix(zp, heads), q(test::any_rows(sequences * heads * group, zp.head_dim, 5, 0.6f)) {
    test::fill(prefix.all, shared, 7);
    for (index_t b = 0; b < sequences; ++b) {
      suffix.emplace_back(zs, heads);
      test::fill(suffix.back().all, b % 3 * 37 + (b > 3 ? 1 : 0), 100 + std::uint64_t(b) * 16);
    }
    for (const auto& s : suffix) pointers.push_back(&s);
  }
  index_t sequences() const { return index_t(suffix.size()); }
};

template <class A, class Batch, class Exec, class Options>
void check_batch(const Batch& b, const Exec& where, Options o) {
  const index_t rows = b.q.rows(), heads = b.prefix.kv_heads(), group = rows / heads / b.sequences();
  matrix<float> out(rows, b.q.cols());
  std::vector<float> lse(std::size_t(rows), -7);
  o.lse = lse;
  cascade(where, b.q, b.prefix, b.pointers, out, o);
  test::expectation want(rows, b.q.cols());
  for (index_t h = 0; h < heads; ++h) {
    const auto shared = test::stored(b.prefix.all, h);
    for (index_t s = 0; s < b.sequences(); ++s) {
      auto tokens = shared;
      for (auto& t : test::stored(b.suffix[std::size_t(s)].all, h)) tokens.push_back(t);
      test::attention_oracle<A, plain_key<bf16>, plain_value<bf16>> oracle;
      oracle.scale = o.scale != 0 ? double(o.scale) : 1 / std::sqrt(double(b.q.cols()));
      oracle.soft_cap = double(o.soft_cap);
      test::measure(oracle, tokens);
      for (index_t g = 0; g < group; ++g) {
        const index_t r = (s * heads + h) * group + g;
        const auto sum = oracle.attend(b.q, r, tokens, want);
        if (tokens.empty())
          CHECK(lse[std::size_t(r)] == -std::numeric_limits<float>::infinity());
        else
          CHECK(test::is_near(double(lse[std::size_t(r)]), sum));
      }
    }
  }
  CHECK(test::misses(out, want) == "");
}

template <class A, class Exec>
void check_all(const Exec& where) {
  const kv_shape wide{80, 64}, small{80, 16};
  for (const index_t shared : {0, 1, 64, 700, 1100}) {
    CAPTURE(shared);
    check_batch<A>(batch<pages_of<float, float>, pages_of<bf16, bf16>>(wide, small, 2, 2, shared, 5), where,
                   cascade_options<>{});
    check_batch<A>(batch<pages_of<bf16, bf16>, pages_of<bf16, bf16>>(wide, wide, 1, 4, shared, 17), where,
                   cascade_options<>{.scale = 0.3f});
  }
  check_batch<A>(batch<pages_of<bf16, bf16>, pages_of<float, float>>(wide, small, 1, 1, 130, 3), where,
                 cascade_options<>{.soft_cap = 2});
  check_batch<A>(batch<pages_of<f16, f16>, pages_of<bf16, bf16>>(small, small, 3, 1, 99, 2), where,
                 cascade_options<>{});
}

/// Counts what is decoded of it.
struct counted_key : plain_key<float> {
  static inline index_t rows = 0;
  template <class A>
  void get(A arch, const std::byte* section, int t, float* row, kv_shape z) const {
    ++rows;
    plain_key<float>::get(arch, section, t, row, z);
  }
};

}  // namespace

TEST_CASE("cascade is attention over prefix and suffix " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  check_all<simd::best>(exec{});
}

TEST_CASE("cascade with bf16 products " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const kv_shape z{64, 64};
  const batch<pages_of<bf16, bf16>, pages_of<bf16, bf16>> b(z, z, 2, 4, 700, 5);
  matrix<float> narrow(b.q.rows(), 64), exact(b.q.rows(), 64);
  cascade(b.q, b.prefix, b.pointers, narrow, cascade_options<bf16>{});
  cascade(b.q, b.prefix, b.pointers, exact);
  double worst = 0;
  for (index_t i = 0; i < narrow.rows(); ++i)
    for (index_t d = 0; d < 64; ++d) worst = std::max(worst, std::fabs(double(narrow(i, d)) - exact(i, d)));
  // Scores up to 0.6 * 64 / 8 * (1 + 9 / 64) of 2^-8 each, weights 2^-9, values below 1.
  CHECK(worst < 2 * 5.5 / 256 + 1.0 / 256);
  CHECK(worst > 0);
}

TEST_CASE("cascade: any split, a tail, forks, levels and threads " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  constexpr index_t heads = 2, dim = 48, tokens = 300, group = 3, sequences = 4;
  const auto k = test::any_rows(tokens, heads * dim, 1), v = test::any_rows(tokens, heads * dim, 2);
  const auto q = test::any_rows(sequences * heads * group, dim, 3);
  const kv_options o{.kv_heads = heads, .head_dim = dim, .page = 64, .max_bytes = 4 << 20};
  const auto part = [&](const matrix<float>& m, index_t first, index_t n) {
    return m.view().block(first, 0, n, heads * dim);
  };
  using cache = kv_cache<float, float>;
  cache whole(o);
  whole.append(k, v);
  const std::vector<const cache*> all(sequences, &whole);
  matrix<float> want(q.rows(), dim), got(q.rows(), dim), threaded(q.rows(), dim);
  decode(q, all, want);
  const auto close = [&](const matrix<float>& y) {
    double worst = 0;
    for (index_t i = 0; i < y.rows(); ++i)
      for (index_t d = 0; d < dim; ++d) worst = std::max(worst, std::fabs(double(y(i, d)) - want(i, d)));
    return worst < 1e-5;
  };
  for (const index_t cut : {0, 63, 64, 129, 299, 300}) {
    CAPTURE(cut);
    cache prefix(o), own(o);
    prefix.append(part(k, 0, cut), part(v, 0, cut));
    own.append(part(k, cut, tokens - cut), part(v, cut, tokens - cut));
    const std::vector<const cache*> suffixes(sequences, &own);
    cascade(q, prefix, suffixes, got);
    CHECK(close(got));
    const test::pool pool(3);
    workspace memory;
    const exec where{pool_ref{pool, 3}, native{}, &memory};
    cascade(where, q, prefix, suffixes, threaded);
    CHECK(test::difference(got, threaded) == "");
    const auto bytes = memory.bytes();
    cascade(where, q, prefix, suffixes, threaded);
    CHECK(memory.bytes() == bytes);
  }
  cache one(o), two(o), own(o);  // three levels
  one.append(part(k, 0, 100), part(v, 0, 100));
  two.append(part(k, 100, 50), part(v, 100, 50));
  own.append(part(k, 150, 150), part(v, 150, 150));
  auto s = shared_state(q, sequences, one);
  merge(s, shared_state(q, sequences, two));
  merge(s, decode_state(q, std::vector<const cache*>(sequences, &own)));
  finish(s, got);
  CHECK(close(got));
  kv_cache<bf16, bf16, bf16> tailed({.kv_heads = heads, .head_dim = dim, .page = 16, .max_bytes = 4 << 20});
  tailed.append(k, v);
  const auto tail = shared_state(q, sequences, tailed);
  const auto body = decode_state(q, std::vector<const kv_cache<bf16, bf16, bf16>*>(sequences, &tailed));
  for (index_t r = 0; r < q.rows(); ++r)
    CHECK(std::fabs(double(log_sum(tail.view(), r)) - double(log_sum(body.view(), r))) < 0.05);
}

TEST_CASE("cascade reads a prefix once, whatever the batch " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const kv_shape z{32, 32};  // pages that must be decoded, so rows can be counted
  for (const index_t sequences : {1, 16, 64}) {
    const batch<test::source<counted_key, plain_value<float>>, pages_of<float, float>> b(z, z, 2, 4, 200,
                                                                                         sequences);
    matrix<float> out(b.q.rows(), 32);
    counted_key::rows = 0;
    cascade(b.q, b.prefix, b.pointers, out);
    CHECK(counted_key::rows == 2 * 200);
  }
}

TEST_CASE("cascade refuses what does not fit " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const kv_shape z{32, 64};
  batch<pages_of<float, float>, pages_of<float, float>> b(z, z, 2, 2, 130, 3);
  matrix<float> out(12, 32), few(11, 32);
  const auto said = [&](const matrix<float>& q, matrix<float>& y) {
    return test::refusal([&] { cascade(q, b.prefix, b.pointers, y); });
  };
  CHECK(said(b.q, out) == "nothing");
  CHECK(said(few, few).find("3 sequences, a prefix of 2 KV heads of size 32, Q 11x32") != std::string::npos);
  CHECK(said(b.q, few).find("cascade: need Q, out and lse of as many rows") != std::string::npos);
  pages_of<float, float> other(z, 1);
  test::fill(other.all, 5, 1);
  CHECK(test::refusal([&] { cascade(b.q, other, b.pointers, out); }).find("2 and 1 KV heads") !=
        std::string::npos);
  b.prefix.all.release(1, 1);
  CHECK(said(b.q, out) == "argument: cascade: need a prefix with no page released; got page 1 of KV head 1");
}

TEST_CASE("prefix trees flatten to the best single level " LACUNA_TEST_ISA, "[attention]") {
  LACUNA_REQUIRE_ISA();
  const std::vector<prefix_node> shown{{-1, 1000, 0}, {0, 500, 40}, {0, 20, 2}, {0, 10, 1}};
  const auto flat = flatten_prefixes(shown);
  CHECK(flat.group == std::vector<index_t>{0, 1, 0, 0});
  CHECK(flat.saved == 39 * 1500 + 2 * 1000);
  test::random_source random(9);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<prefix_node> tree;
    const index_t n = 1 + random.below(9);
    for (index_t i = 0; i < n; ++i)
      tree.push_back({i == 0 ? -1 : random.below(i + 1) - (random.chance(0.1) ? 1 : 0), random.below(50),
                      random.below(4)});
    for (index_t i = 0; i < n; ++i)
      if (tree[std::size_t(i)].parent >= i) tree[std::size_t(i)].parent = i - 1;
    const auto depth = [&](index_t i) {
      index_t sum = 0;
      for (; i >= 0; i = tree[std::size_t(i)].parent) sum += tree[std::size_t(i)].tokens;
      return sum;
    };
    const auto saved_by =
        [&](const auto& group_of) {  // a group whose requests are none costs its prefix all the same
          index_t saved = 0;
          std::vector<bool> used(std::size_t(n), false);
          for (index_t i = 0; i < n; ++i)
            if (const index_t g = group_of(i); g >= 0) {
              saved += tree[std::size_t(i)].requests * depth(g);
              if (tree[std::size_t(i)].requests > 0 && !used[std::size_t(g)])
                saved -= depth(g), used[std::size_t(g)] = true;
            }
          return saved;
        };
    index_t best = 0;
    for (unsigned open = 0; open < 1u << n; ++open)
      best = std::max(best, saved_by([&](index_t i) {
                        while (i >= 0 && (open >> i & 1) == 0) i = tree[std::size_t(i)].parent;
                        return i;
                      }));
    const auto got = flatten_prefixes(tree);
    CAPTURE(trial, n);
    CHECK(got.saved == best);
    CHECK(saved_by([&](index_t i) { return got.group[std::size_t(i)]; }) == best);
  }
  CHECK(test::refusal([] {
          flatten_prefixes(std::vector<prefix_node>{{0, 1, 1}});
        }).find("need parents before their children") != std::string::npos);
  CHECK(flatten_prefixes(std::vector<prefix_node>{}).saved == 0);
}
