// SPDX-License-Identifier: BSL-1.0
#include "tokenizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <lacuna/core/error.hpp>
#include <queue>

using namespace lacuna;

namespace story {
namespace {

constexpr int none = -1;

template <class T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

/// "<0x0A>" as 10; none for any other piece.
int byte_of(const std::string& piece) {
  if (piece.size() != 6 || piece.compare(0, 3, "<0x") != 0 || piece[5] != '>') return none;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : none;
  };
  const int high = digit(piece[3]), low = digit(piece[4]);
  return high == none || low == none ? none : high * 16 + low;
}

std::string byte_piece(unsigned char byte) {
  const char* const digits = "0123456789ABCDEF";
  return std::string("<0x") + digits[byte / 16] + digits[byte % 16] + '>';
}

/// Two neighbours that may merge; `left` and `right` tell whether they still stand there when their turn comes.
struct pair_of_tokens {
  float score;
  index_t at;
  int left, right, merged;

  bool operator<(const pair_of_tokens& o) const {
    return score < o.score || (!(o.score < score) && at > o.at);
  }
};

}  // namespace

tokenizer::tokenizer(array_view<const std::byte> file, index_t vocab, const std::string& name) : name_(name) {
  const auto refuse = [&](const std::string& rule, const std::string& got) {
    fail(errc::data, "tokenizer: need " + rule + "; got " + got + " in " + name);
  };
  index_t at = 0;
  const auto take = [&](index_t n, const std::string& what) {
    if (n > file.size() - at)
      refuse(count_text(n) + " bytes of " + what, count_text(file.size() - at) + " that are left");
    at += n;
    return file.data() + at - n;
  };
  const auto longest = load<std::int32_t>(take(4, "the longest length"));
  if (longest < 1) refuse("a longest length >= 1", count_text(longest));
  if (vocab > file.size() / 8)
    refuse(count_text(vocab) + " tokens, as many as the model has", count_text(file.size()) + " bytes");
  pieces_.reserve(static_cast<std::size_t>(vocab));
  scores_.reserve(static_cast<std::size_t>(vocab));
  for (index_t i = 0; i < vocab; ++i) {
    const std::string what = "token " + count_text(i);
    const std::byte* const head = take(8, what);
    const auto score = load<float>(head);
    const auto length = load<std::int32_t>(head + 4);
    if (!std::isfinite(score))
      refuse("a finite score of " + what, number_text("%g", static_cast<double>(score)));
    if (length < 1 || length > longest)
      refuse("1 <= length of " + what + " <= " + count_text(longest), count_text(length));
    const std::byte* const bytes = take(length, what);
    pieces_.emplace_back(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
    scores_.push_back(score);
  }
  if (at != file.size())
    refuse("nothing after its " + count_text(vocab) + " tokens",
           count_text(file.size() - at) + " bytes more");
  for (std::size_t i = 0; i < pieces_.size(); ++i)
    ids_.emplace(pieces_[i], static_cast<int>(i));  // the first of a name
}

int tokenizer::id(std::string_view piece) const {
  const auto found = ids_.find(piece);
  return found == ids_.end() ? none : found->second;
}

/// One token a UTF-8 character of at most 4 bytes, or one a byte.
std::vector<int> tokenizer::characters(std::string_view text) const {
  std::vector<int> tokens;
  const auto follows = [&](std::size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t n = 1;
    while (n < 4 && follows(i + n)) ++n;
    if (const int token = id(text.substr(i, n)); token != none) {
      tokens.push_back(token);
    } else {
      for (std::size_t b = i; b < i + n; ++b) {
        const std::string piece = byte_piece(static_cast<unsigned char>(text[b]));
        const int byte = id(piece);
        if (byte == none)
          fail(errc::data,
               "tokenizer: need a token for each byte of the text; got none for " + piece + " in " + name_);
        tokens.push_back(byte);
      }
    }
    i += n;
  }
  return tokens;
}

int tokenizer::merged(int left, int right, std::string& scratch) const {
  scratch = pieces_[static_cast<std::size_t>(left)];
  scratch += pieces_[static_cast<std::size_t>(right)];
  return id(scratch);
}

std::vector<int> tokenizer::encode(std::string_view text) const {
  if (text.empty()) return {};
  std::vector<int> tokens = characters(text);
  if (const int blank = id(" "); blank != none) tokens.insert(tokens.begin(), blank);

  // A list of neighbours in place: a merge keeps its left place and takes the right one out.
  const auto count = static_cast<index_t>(tokens.size());
  std::vector<index_t> next(tokens.size()), previous(tokens.size());
  const auto at = [](auto& array, index_t i) -> auto& { return array[static_cast<std::size_t>(i)]; };
  for (index_t i = 0; i < count; ++i) at(next, i) = i + 1, at(previous, i) = i - 1;

  std::priority_queue<pair_of_tokens> queue;
  std::string scratch;
  const auto offer = [&](index_t i) {
    if (i < 0 || at(next, i) == count) return;
    const int left = at(tokens, i), right = at(tokens, at(next, i)), to = merged(left, right, scratch);
    if (to != none) queue.push({at(scores_, to), i, left, right, to});
  };
  for (index_t i = 0; i < count; ++i) offer(i);
  while (!queue.empty()) {
    const pair_of_tokens best = queue.top();
    queue.pop();
    const index_t i = best.at, j = at(next, i);
    if (at(tokens, i) != best.left || j == count || at(tokens, j) != best.right) continue;
    at(tokens, i) = best.merged;
    at(tokens, j) = none;
    at(next, i) = at(next, j);
    if (at(next, j) != count) at(previous, at(next, j)) = i;
    offer(at(previous, i));
    offer(i);
  }
  tokens.erase(std::remove(tokens.begin(), tokens.end(), none), tokens.end());
  return tokens;
}

std::string tokenizer::text(int previous, int token) const {
  std::string piece = pieces_[static_cast<std::size_t>(token)];
  if (token == begin_token || token == end_token) return "\n";
  if (const int byte = byte_of(piece); byte != none) piece.assign(1, static_cast<char>(byte));
  if (previous == begin_token && piece[0] == ' ') piece.erase(0, 1);
  piece.erase(std::remove_if(piece.begin(), piece.end(),
                             [](unsigned char c) { return (c < ' ' && c != '\n' && c != '\t') || c == 127; }),
              piece.end());
  return piece;
}

}  // namespace story
