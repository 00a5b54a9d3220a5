#pragma once
// SPDX-License-Identifier: BSL-1.0
// What `advise` found, as plain data: a report has sections, a section has forms, a form has timings.
//
//   report   one matrix, its shape and how it was measured
//   section  the matrix as it is, or pruned to one fraction: forms that were interleaved, and the advice
//   form     a pattern x codec that holds it, or a peer: bytes, what pruning kept, a timing per token count
//
// All of plan/, types too, lives in the arch namespace: implicit members of these types are compiled loops.
#include <lacuna/core/config.hpp>
#include <lacuna/core/types.hpp>
#include <string>
#include <vector>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// One form at one token count.
struct timing {
  double seconds = 0;  ///< median over `rounds`
  int rounds = 0;
  double error = 0;  ///< largest |y - y_double| / sum |w||x|
  std::string regime{};  ///< the loop that ran; empty for a peer
};

/// Which matrix a form holds.
enum class holds {
  given,       ///< the one that was asked about, nothing removed
  pruned,      ///< its largest values
  structured,  ///< its largest values that fit a structure
};

struct form {
  std::string matrix;   ///< "as given", "pruned", "pruned 2:4"
  std::string pattern;  ///< "bitmap"; a peer's name
  std::string codec;    ///< "bf16"; "int4<32,bf16> x int8": tokens are quantised, too
  holds what = holds::given;
  bool lossless = true;  ///< the codec gives back the very values
  bool peer = false;     ///< the caller's product, not ours
  std::size_t bytes = 0;
  double bits = 0;           ///< bytes * 8 / (rows * cols)
  double kept = 1;           ///< share of sum |w| that pruning left
  std::vector<timing> at{};  ///< one for each token count of the report
};

/// A form that was not built, since it would take more than options::most_bytes.
struct skipped_form {
  std::string matrix, pattern, codec;
  std::size_t bytes = 0;
};

struct section {
  std::string title{};      ///< "as given", "50 % kept"
  std::string structure{};  ///< what was recognised, a sentence
  double most_error = 0;    ///< up to which rounded values may be picked
  double density = 0;       ///< nonzeros / (rows * cols) of the matrix that the section is about
  std::vector<form> forms{};
  std::vector<skipped_form> skipped{};
  std::size_t rotated = 0;     ///< bytes read between two runs of one form
  std::vector<double> read{};  ///< bytes per second of a plain read, for each token count; 0: not measured
  std::vector<std::string> advice{};  ///< the advice in a sentence, then remarks
};

struct report {
  std::string input;  ///< what the matrix is, as the caller calls it
  index_t rows = 0, cols = 0;
  std::vector<index_t> tokens{};
  index_t threads = 1;
  std::string simd{};
  bool from_memory = true;
  double seconds = 0;  ///< the whole search
  std::vector<section> sections{};
};

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
