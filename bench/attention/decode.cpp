// SPDX-License-Identifier: BSL-1.0
// Decode of 32 query heads on 8 KV heads of 128 channels over 4K, 16K and 64K tokens: every cache codec beside dense
// bf16, beside a plain read of the same bytes, and beside itself from the second cache (what the format costs in cycles).
//
//   round:  bf16, copy r | plain read of bf16, copy r + 1 | int8, copy r | ...        medians over rounds
//
// A case has at least two copies of its cache and 256 MiB; between two uses of a copy all other cases are read.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <lacuna/attention/decode.hpp>
#include <lacuna/exec/openmp.hpp>
#include <lacuna/kv.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "attention/suite.hpp"
#include "support/machine.hpp"

namespace bench {
namespace {

using namespace lacuna;

constexpr index_t kv_heads = 8, query_heads = 32;
constexpr kv_shape shape{128, 64};

#ifdef _OPENMP
exec<openmp> where(int threads, workspace& memory) { return exec{openmp{threads}, native{}, &memory}; }
#else
exec<> where(int, workspace& memory) { return exec{serial{}, native{}, &memory}; }
#endif

/// Copies of a cache whose pages repeat 16 encoded ones.
template <class K, class V>
class copies {
 public:
  K key_;
  V value_;
  copies(K key, V value, index_t tokens, index_t heads, int count)
      : key_(key),
        value_(value),
        tokens_(tokens),
        pages_((tokens + shape.page - 1) / shape.page),
        heads_(heads) {
    const auto kb = static_cast<index_t>(key_bytes(key_, shape)),
               vb = static_cast<index_t>(value_bytes(value_, shape));
    const auto slack = static_cast<index_t>(plane_slack);
    keys_ = buffer<std::byte>::for_overwrite(count * heads * pages_ * kb + slack);
    values_ = buffer<std::byte>::for_overwrite(count * heads * pages_ * vb + slack);
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> rows(std::size_t(shape.page * shape.width()));
    for (index_t i = 0; i < count * heads * pages_; ++i) {
      if (i < 16) {
        for (float& x : rows) x = normal(random);
        write(key_, keys_.data() + i * kb, rows);
        write(value_, values_.data() + i * vb, rows);
      } else {
        std::memcpy(keys_.data() + i * kb, keys_.data() + i % 16 * kb, std::size_t(kb));
        std::memcpy(values_.data() + i * vb, values_.data() + i % 16 * vb, std::size_t(vb));
      }
    }
  }
  void use(int copy) { copy_ = copy; }
  index_t kv_heads() const { return heads_; }
  segment body(index_t h) const {
    const std::size_t kb = key_bytes(key_, shape), vb = value_bytes(value_, shape);
    const auto first = std::size_t((copy_ * heads_ + h) * pages_);
    return {keys_.data() + first * kb,
            values_.data() + first * vb,
            kb,
            vb,
            nullptr,
            pages_,
            tokens_,
            bench::shape};
  }
  std::vector<block> memory(int copy) const {
    const auto n = std::size_t(heads_ * pages_);
    const std::size_t kb = key_bytes(key_, shape) * n, vb = value_bytes(value_, shape) * n;
    return {{keys_.data() + std::size_t(copy) * kb, kb}, {values_.data() + std::size_t(copy) * vb, vb}};
  }

 private:
  template <class C>
  static void write(const C& codec, std::byte* section, const std::vector<float>& rows) {
    if constexpr (in_place<C>)
      for (int t = 0; t < shape.page; ++t)
        codec.put(simd::best{}, section, t, rows.data() + t * shape.width(), shape);
    else
      codec.encode(simd::best{}, section, rows.data(), shape);
  }
  index_t tokens_, pages_, heads_, copy_ = 0;
  buffer<std::byte> keys_, values_;
};

/// As a kv_source.
template <class K, class V>
struct view_of_copies {
  copies<K, V>* all;
  index_t kv_heads() const { return all->kv_heads(); }
  kv_shape shape() const { return bench::shape; }
  const K& key() const { return all->key_; }
  const V& value() const { return all->value_; }
  segment body(index_t h) const { return all->body(h); }
};

struct decode_case {
  std::string name;
  double bytes = 0;
  int count = 0;
  std::function<void(int copy, int threads)> decode;
  std::function<std::vector<block>(int copy)> memory;
  std::function<double(int threads)> warm;  // seconds for the whole, from the second cache
  std::function<matrix<float>()> sample;    // what four queries get from 1024 tokens, the same for each codec
};

/// Queries, outputs, scratch.
struct step_memory {
  matrix<float> q{query_heads, shape.head_dim}, out{query_heads, shape.head_dim};
  workspace scratch;
  step_memory() {
    std::mt19937 random(2);
    std::normal_distribution<float> normal;
    for (index_t i = 0; i < q.rows(); ++i)
      for (index_t d = 0; d < q.cols(); ++d) q(i, d) = normal(random);
  }
};

template <class K, class V>
decode_case make_case(const std::string& name, K key, V value, index_t tokens, const attention_options& o) {
  decode_case c;
  c.name = name;
  const double page = static_cast<double>(key_bytes(key, shape) + value_bytes(value, shape));
  c.bytes = page * static_cast<double>(kv_heads * tokens / shape.page);
  c.count = o.quick ? 2 : std::max(2, static_cast<int>(268435456.0 / c.bytes) + 1);
  const auto all = std::make_shared<copies<K, V>>(key, value, tokens, kv_heads, c.count);
  const auto memory = std::make_shared<step_memory>();
  c.decode = [all, memory](int copy, int threads) {
    all->use(copy);
    decode(where(threads, memory->scratch), memory->q, view_of_copies<K, V>{all.get()}, memory->out);
  };
  c.memory = [all](int copy) { return all->memory(copy); };
  // 1024 tokens of a head: 512 KB of bf16. One thread; a head of the whole is tokens / 1024 of it.
  const auto small = std::make_shared<copies<K, V>>(key, value, 1024, 1, 1);
  c.warm = [small, memory, tokens](int threads) {
    const auto view = memory->q.view().block(0, 0, query_heads / kv_heads, shape.head_dim);
    const auto out = memory->out.view().block(0, 0, query_heads / kv_heads, shape.head_dim);
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
      const double start = seconds_now();
      decode(where(1, memory->scratch), view, view_of_copies<K, V>{small.get()}, out);
      best = std::min(best, seconds_now() - start);
    }
    return best * static_cast<double>(kv_heads * tokens) / 1024 / threads;
  };
  c.sample = [small, memory] {
    matrix<float> out(query_heads / kv_heads, shape.head_dim);
    decode(where(1, memory->scratch), memory->q.view().block(0, 0, out.rows(), out.cols()),
           view_of_copies<K, V>{small.get()}, out);
    return out;
  };
  return c;
}

template <class Word, class ValueWord = Word>
decode_case word_case(const std::string& name, index_t tokens, const attention_options& o, int keep = 0) {
  key_codec_of<Word> key{};
  value_codec_of<ValueWord> value{};
  if constexpr (requires { key.keep = 1; })
    if (keep > 0) key.keep = keep;
  if constexpr (requires { value.keep = 1; })
    if (keep > 0) value.keep = keep;
  return make_case(name, key, value, tokens, o);
}

struct outcome {
  double seconds = 0, read = 0, warm = 0, error = 0;
};

/// Root mean square of the difference, over that of b.
double relative_error(const matrix<float>& a, const matrix<float>& b) {
  double off = 0, size = 0;
  for (index_t i = 0; i < b.rows(); ++i)
    for (index_t d = 0; d < b.cols(); ++d) {
      off += std::pow(double(a(i, d)) - double(b(i, d)), 2);
      size += std::pow(double(b(i, d)), 2);
    }
  return std::sqrt(off / size);
}

class group {
 public:
  group(index_t tokens, const attention_options& o) : tokens_(tokens), options_(o) {}
  static std::vector<std::string> names() {
    return {"bf16",          "f16",           "int8",          "int4",     "kivi_int4",
            "pruned50_bf16", "pruned70_bf16", "pruned70_int8", "nm24_bf16"};
  }
  const std::vector<outcome>& results() {
    if (results_.empty()) measure();
    return results_;
  }
  double bytes(std::size_t i) const { return bytes_[i]; }

 private:
  void measure() {
    std::vector<decode_case> all;
    const auto& o = options_;
    all.push_back(word_case<bf16>("bf16", tokens_, o));
    all.push_back(word_case<f16>("f16", tokens_, o));
    all.push_back(word_case<int8<>>("int8", tokens_, o));
    all.push_back(word_case<int4<32>>("int4", tokens_, o));
    all.push_back(word_case<channelwise<int4<32>>, int4<32>>("kivi_int4", tokens_, o));
    all.push_back(word_case<pruned<bf16>>("pruned50_bf16", tokens_, o, 64));
    all.push_back(word_case<pruned<bf16>>("pruned70_bf16", tokens_, o, 38));
    all.push_back(word_case<pruned<int8<>>>("pruned70_int8", tokens_, o, 38));
    all.push_back(word_case<pruned<bf16, nm<2, 4>>>("nm24_bf16", tokens_, o));
    std::vector<std::vector<double>> times(all.size()), reads(all.size()), warm(all.size());
    const double start = seconds_now();
    const int least = o.quick ? 1 : 9;
    for (int round = -1; round < least || (round < 61 && seconds_now() - start < o.seconds); ++round)
      for (std::size_t i = 0; i < all.size(); ++i) {
        const int copy = (round + 1) % all[i].count, other = (round + 1 + all[i].count / 2) % all[i].count;
        const double a = seconds_now();
        all[i].decode(copy, o.threads);
        const double b = seconds_now();
        plain_read(all[i].memory(other), o.threads);
        const double c = seconds_now();
        if (round < 0) continue;  // the first round only warms up
        times[i].push_back(b - a), reads[i].push_back(c - b);
        warm[i].push_back(all[i].warm(o.threads));
      }
    const matrix<float> exact = word_case<float>("float", 1024, {.quick = true}).sample();
    for (std::size_t i = 0; i < all.size(); ++i) {
      results_.push_back(
          {median(times[i]), median(reads[i]), median(warm[i]), relative_error(all[i].sample(), exact)});
      bytes_.push_back(all[i].bytes);
    }
  }

  index_t tokens_;
  attention_options options_;
  std::vector<outcome> results_;
  std::vector<double> bytes_;
};

}  // namespace

void add_decode_cases(const attention_options& o) {
  for (const index_t n : o.quick ? std::vector<index_t>{512} : std::vector<index_t>{4096, 16384, 65536}) {
    const auto all = std::make_shared<group>(n, o);
    for (std::size_t i = 0; i < group::names().size(); ++i)
      benchmark::RegisterBenchmark(
          ("decode/" + group::names()[i] + "/t" + std::to_string(n) + "/t" + std::to_string(o.threads))
              .c_str(),
          [all, i](benchmark::State& state) {
            const outcome r = all->results()[i], dense = all->results()[0];
            for (auto _ : state) state.SetIterationTime(r.seconds);
            state.counters["GB/s"] = all->bytes(i) / r.seconds * 1e-9;
            state.counters["of_read"] = r.read / r.seconds;
            state.counters["of_limit"] = std::max(r.read, r.warm) / r.seconds;
            state.counters["vs_bf16"] = dense.seconds / r.seconds;
            state.counters["fewer_bytes"] = all->bytes(0) / all->bytes(i);
            state.counters["warm_vs_read"] = r.warm / r.read;
            state.counters["error"] = r.error;
          })
          ->UseManualTime()
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace bench
