// SPDX-License-Identifier: BSL-1.0
#include "input.hpp"

#include <lacuna/interop/matrix_market.hpp>
#include <lacuna/interop/npy.hpp>
#include <lacuna/interop/raw.hpp>
#include <lacuna/interop/safetensors.hpp>
#include <lacuna/interop/smtx.hpp>
#include <lacuna/plan/seeded.hpp>
#include <lacuna/plan/text.hpp>

using namespace lacuna;

namespace {

// A trained layer has hardly a zero; from this share on somebody put them there.
constexpr double sparse_from = 0.1;
constexpr index_t most_made = index_t{1} << 28;

enum class kind { smtx, mtx, npy, safetensors, raw };

bool starts_with(array_view<const char> text, const std::string& start) {
  return text.size() >= static_cast<index_t>(start.size()) &&
         std::equal(start.begin(), start.end(), text.begin());
}

/// By the file's extension, else by how it begins.
kind kind_of(const arguments& args) {
  const std::size_t slash = args.file.find_last_of("/\\"), dot = args.file.rfind('.');
  const bool has = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  const std::string extension = has ? args.file.substr(dot) : "";
  if (extension == ".smtx") return kind::smtx;
  if (extension == ".mtx") return kind::mtx;
  if (extension == ".npy") return kind::npy;
  if (extension == ".safetensors") return kind::safetensors;
  const mapped_file file(args.file);
  if (starts_with(file.text(), "%%MatrixMarket")) return kind::mtx;
  if (starts_with(file.text(), "\x93NUMPY")) return kind::npy;
  if (args.rows == 0)
    fail(errc::argument,
         args.file + ": need --shape RxC for a raw file of float32; got none, nor a known format");
  return kind::raw;
}

sparse_matrix<csr, float> with_normal_values(const sparse_matrix<csr, ones>& pattern) {
  sparse_matrix<csr, float> a(pattern.rows(), pattern.cols(), pattern.where());
  plan::normal_source random(1);
  for (index_t s = 0; s < a.nnz(); ++s) a.values()[s] = random.next();
  return a;
}

/// The tensor that --tensor names, or the only one with two dimensions.
matrix<float> read_tensor(const arguments& args) {
  const safetensors file(args.file);
  if (!args.tensor.empty()) return file.copy(args.tensor);
  std::vector<std::string> found;
  for (const tensor& t : file.tensors())
    if (t.shape.size() == 2) found.push_back(t.name);
  if (found.size() == 1) return file.copy(found[0]);
  std::string names;
  for (std::size_t i = 0; i < found.size() && i < 20; ++i) names += (i == 0 ? "" : ", ") + found[i];
  fail(errc::argument,
       args.file + ": need " +
           (found.empty() ? std::string("a tensor of two dimensions; got none")
                          : "--tensor with one of its " + std::to_string(found.size()) +
                                " matrices; got none: " + names + (found.size() > 20 ? ", ..." : "")));
}

double zero_share(const matrix<float>& w) {
  const index_t n = w.rows() * w.cols();
  const auto zeros = std::count(w.data(), w.data() + n, 0.0f);
  return n > 0 ? static_cast<double>(zeros) / static_cast<double>(n) : 0;
}

void keep_as_it_is(input& in, sparse_matrix<csr, float> a, const std::string& why) {
  in.sparse = true;
  in.a = std::move(a);
  in.what += why + "; kept as it is";
}

void prune_later(input& in, const arguments& args, matrix<float> w, const std::string& why) {
  std::vector<std::string> shares;
  for (const double k : args.keep) shares.push_back(lacuna::number_text("%g %%", k * 100));
  in.w = std::move(w);
  in.what += why + "; pruned by magnitude to " + plan::list_text(shares);
}

void judge_dense(input& in, const arguments& args, matrix<float> w) {
  const double zeros = zero_share(w);
  const std::string why = plan::percent_text(zeros) + " of its values are zero";
  if (zeros >= sparse_from)
    keep_as_it_is(in, encode<csr, float>(w), why);
  else
    prune_later(in, args, std::move(w), why);
}

}  // namespace

input read_input(const arguments& args) {
  input in;
  if (args.file.empty()) {
    if (!args.tensor.empty()) fail(errc::argument, "--tensor: need a .safetensors file; got none");
    const index_t rows = args.rows > 0 ? args.rows : 4096, cols = args.cols > 0 ? args.cols : 4096;
    if (rows > most_made / cols)
      fail(errc::argument, "--shape: need at most " + std::to_string(most_made) +
                               " weights for a made-up layer (1 GiB); got " + shape_text(rows, cols));
    prune_later(in, args, plan::normal_matrix(rows, cols, 1), "a layer of seeded normal weights");
    return in;
  }
  const kind k = kind_of(args);
  if (k != kind::raw && args.rows > 0)
    fail(errc::argument,
         args.file + ": need --shape for raw files only, for this one says its own; got --shape");
  if (k != kind::safetensors && !args.tensor.empty())
    fail(errc::argument, args.file + ": need a .safetensors file for --tensor; got another");
  in.what = args.file + ": ";
  if (k == kind::smtx)
    keep_as_it_is(in, with_normal_values(read_smtx(args.file)), "positions only, values seeded normal");
  else if (k == kind::mtx)
    keep_as_it_is(in, read_matrix_market(args.file), "a sparse matrix");
  else
    judge_dense(in, args,
                k == kind::npy           ? read_npy(args.file)
                : k == kind::safetensors ? read_tensor(args)
                                         : read_raw(args.file, args.rows, args.cols));
  return in;
}
