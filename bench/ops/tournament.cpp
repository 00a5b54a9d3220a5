// SPDX-License-Identifier: BSL-1.0
#include "ops/tournament.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "peers/peers.hpp"

namespace bench {
namespace {

void fill_normal(float* to, index_t n, unsigned seed) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> value;
  for (index_t i = 0; i < n; ++i) to[i] = value(bits);
}

std::vector<entry> all_entries(bool full) {
  std::vector<entry> to;
  add_float_forms(to, full);
  add_bf16_forms(to, full);
  add_int8_forms(to);
  add_int4_forms(to);
  for (const library& peer : libraries()) {
    if (peer.dense)
      to.push_back({{"dense", "float", 0, peer.name}, [&peer](source& s) { return peer.dense(s.w); }});
    for (const narrow_product& p : peer.narrow)
      to.push_back({{"dense", p.codec, 0, peer.name}, [&p](source& s) { return p.make(s.w); }});
    for (const int sparsity : {50, 70, 90})
      if (peer.sparse)
        to.push_back({{"csr", "float", sparsity, peer.name}, [&peer, sparsity](source& s) {
                        const auto& kept = s.kept(std::to_string(sparsity), keep_rest(sparsity));
                        return peer.sparse(lacuna::encode<lacuna::csr, float>(s.w, kept));
                      }});
  }
  return to;
}

/// Quantised tokens are rows, and so are those that narrow peers take.
bool by_tokens_only(const label& about) { return about.codes() || (!about.ours() && about.codec != "float"); }

}  // namespace

std::string group::shape() const {
  std::string text = "m";  // "m" + to_string makes g++ 12 warn (GCC bug 105651)
  text += std::to_string(rows) + "_k" + std::to_string(cols) + "_n" + std::to_string(n);
  return text;
}

tournament::tournament(const options& o, std::function<bool(const std::string&)> wanted)
    : options_(o), wanted_(std::move(wanted)), entries_(all_entries(o.full)) {}

std::vector<group> tournament::groups() const {
  std::vector<std::pair<index_t, index_t>> shapes{{4096, 4096}};
  if (options_.full) shapes.push_back({11008, 4096});
  std::vector<index_t> columns{1, 8, 32, 128};
  if (options_.full) columns.push_back(512);
  if (options_.quick) shapes = {{384, 512}}, columns = {1, 8};
  std::vector<group> all;
  for (const auto& [rows, cols] : shapes)
    for (const index_t n : columns) {
      all.push_back({rows, cols, n, false});
      if (n > 1) all.push_back({rows, cols, n, true});  // one column has one layout
    }
  return all;
}

std::string tournament::case_name(const group& g, const label& about) const {
  return g.verb() + "/" + about.name(g.shape(), options_.threads);
}

std::size_t tournament::rotation() const {
  const double most = 2048.0 * 1048576, asked = options_.rotate_mib * 1048576;
  if (asked > 0) return static_cast<std::size_t>(asked);
  return static_cast<std::size_t>(std::min(most, 4.0 * static_cast<double>(last_cache())));
}

bool tournament::has_case(const group& g, const label& about) {
  return g.tokens || g.n == 1 || !by_tokens_only(about);
}

bool tournament::takes_part(const entry& e, index_t rows, index_t cols) const {
  // The dense floats are yardsticks of all; of the rest what is asked for.
  if (e.about.codec == "float" && (e.about.dense() || !e.about.ours())) return true;
  if (!e.about.ours() || (e.about.dense() && !e.about.codes() && e.about.codec == "bf16")) return true;
  for (const group& g : groups())
    if (g.rows == rows && g.cols == cols && wanted_(case_name(g, e.about))) return true;
  return false;
}

void tournament::build(index_t rows, index_t cols) {
  if (rows == rows_ && cols == cols_) return;
  rows_ = rows, cols_ = cols;
  labels_.clear(), in_.clear();
  source s{lacuna::matrix<float>(rows, cols), threads_of(options_.threads)};
  fill_normal(s.w.data(), rows * cols, 1);
  std::size_t bytes = 0;
  for (const entry& e : entries_) {
    if (!takes_part(e, rows, cols)) continue;
    std::fprintf(stderr, "\rstoring %td x %td: %-12s %-6s", rows, cols, e.about.pattern.c_str(),
                 e.about.codec.c_str());
    labels_.push_back(e.about);
    in_.push_back(e.make(s));
    bytes += in_.back()->bytes();
  }
  copies_ = std::max(1, static_cast<int>((rotation() + bytes - 1) / bytes));
  for (const auto& c : in_) c->replicate(copies_);
  std::fprintf(stderr, "\r%zu contenders, %d copies of %zu MiB                \n", in_.size(), copies_,
               bytes >> 20);
}

const std::vector<outcome>& tournament::results(const group& g) {
  const std::string key = g.verb() + g.shape();
  const auto found = done_.find(key);
  if (found != done_.end()) return found->second;
  build(g.rows, g.cols);
  set_peer_threads(options_.threads);
  lacuna::buffer<float> x(g.cols * g.n), y(g.rows * g.n);
  fill_normal(x.data(), x.size(), 2);
  std::vector<contender*> in;
  std::vector<label> labels;
  for (std::size_t i = 0; i < in_.size(); ++i)
    if (has_case(g, labels_[i])) in.push_back(in_[i].get()), labels.push_back(labels_[i]);
  effort e;
  e.seconds = options_.seconds;
  e.threads = options_.threads;
  if (options_.quick) e.least_rounds = 2;
  const std::vector<result> times = run_contest(in, copies_, {g.n, g.tokens, x.data(), y.data()}, e);
  std::vector<outcome>& all = done_[key];
  for (std::size_t i = 0; i < in.size(); ++i)
    all.push_back({labels[i], in[i]->rows, in[i]->cols, in[i]->nnz, in[i]->bytes(), times[i]});
  return all;
}

}  // namespace bench
