#pragma once
// SPDX-License-Identifier: BSL-1.0
// From timings to advice, in sentences. The rules:
//
//   the pick   the fastest form that changes no value and no structure; among those within 3 % of it the one
//              with the fewest bytes; "stay dense" unless it beats our dense float by 5 %. Forms that round values
//              take part only where the caller allows an error, and theirs is not above it
//   remarks    what would be faster still, and its price: rounded values (their error), a structure that the
//              matrix would have to be pruned to (the magnitude it keeps), a peer
#include <algorithm>
#include <lacuna/plan/report.hpp>
#include <lacuna/plan/text.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// The places in `section::forms` that satisfy `may`: the fastest at token count t, -1 for none.
template <class May>
int fastest(const section& s, std::size_t t, May&& may) {
  int best = -1;
  for (std::size_t i = 0; i < s.forms.size(); ++i)
    if (may(s.forms[i]) &&
        (best < 0 || s.forms[i].at[t].seconds < s.forms[static_cast<std::size_t>(best)].at[t].seconds))
      best = static_cast<int>(i);
  return best;
}

inline const form* form_at(const section& s, int i) {
  return i < 0 ? nullptr : &s.forms[static_cast<std::size_t>(i)];
}

inline bool is_dense_float(const form& f) { return !f.peer && f.pattern == "dense" && f.codec == "float"; }

/// Our dense float, the yardstick; null when it was skipped.
inline const form* dense_twin(const section& s) {
  const auto at = std::find_if(s.forms.begin(), s.forms.end(), is_dense_float);
  return at == s.forms.end() ? nullptr : &*at;
}

/// The fastest of the peers at token count t; null without one.
inline const form* best_peer(const section& s, std::size_t t) {
  return form_at(s, fastest(s, t, [](const form& f) { return f.peer; }));
}

/// Whether f may be picked for token count t.
inline bool may_pick(const section& s, const form& f, std::size_t t) {
  if (f.peer || f.what == holds::structured) return false;
  return f.lossless ? f.pattern != "dense" : s.most_error > 0 && f.at[t].error <= s.most_error;
}

/// The form to store for token count t; our dense float when nothing beats it by 5 %.
inline const form* pick(const section& s, std::size_t t) {
  const auto may = [&](const form& f) { return may_pick(s, f, t); };
  const form* const dense = dense_twin(s);
  const form* best = form_at(s, fastest(s, t, may));
  if (!best) return dense;
  const double limit = best->at[t].seconds * 1.03;
  for (const form& f : s.forms)
    if (may(f) && f.at[t].seconds <= limit && f.bytes < best->bytes) best = &f;
  return dense && best->at[t].seconds * 1.05 > dense->at[t].seconds ? dense : best;
}

inline std::string form_name(const form& f) { return f.peer ? f.pattern : f.pattern + " " + f.codec; }

/// How fast f is at token count t, as a multiple of our dense float, else as a time.
inline std::string speed_text(const section& s, const form& f, std::size_t t) {
  const form* const dense = dense_twin(s);
  return dense ? speedup_text(dense->at[t].seconds / f.at[t].seconds) : time_text(f.at[t].seconds);
}

/// The same choice at several token counts.
struct choice {
  const form* of;
  std::vector<std::size_t> at;
};

/// choose(t) for every token count, equal ones together, in the order of the first; null: none.
template <class Choose>
std::vector<choice> choices(const section& s, Choose&& choose) {
  std::vector<choice> found;
  const std::size_t tokens = s.forms.empty() ? 0 : s.forms[0].at.size();
  for (std::size_t t = 0; t < tokens; ++t) {
    const form* const f = choose(t);
    const auto same = std::find_if(found.begin(), found.end(), [&](const choice& c) { return c.of == f; });
    if (same != found.end())
      same->at.push_back(t);
    else if (f)
      found.push_back({f, {t}});
  }
  return found;
}

/// "1 and 8 tokens"
inline std::string tokens_text(const std::vector<index_t>& tokens, const std::vector<std::size_t>& at) {
  std::vector<std::string> words;
  for (const std::size_t t : at) words.push_back(count_text(tokens[t]));
  return list_text(words) + (at.size() == 1 && tokens[at[0]] == 1 ? " token" : " tokens");
}

/// "x1.88 and x1.42 over dense", "0.31 ms" without a dense twin
inline std::string speeds_text(const section& s, const choice& c) {
  std::vector<std::string> words;
  for (const std::size_t t : c.at) words.push_back(speed_text(s, *c.of, t));
  return list_text(words) + (dense_twin(s) ? " over dense" : "");
}

/// The advice, and what is left when it says no: the best that could be had.
inline std::string advice_text(const section& s, const std::vector<index_t>& tokens) {
  std::string text;
  for (const choice& c : choices(s, [&](std::size_t t) { return pick(s, t); })) {
    text += text.empty() ? "" : "; ";
    if (!is_dense_float(*c.of)) {
      text += "store it as " + form_name(*c.of) + " for " + tokens_text(tokens, c.at) + " (" +
              speeds_text(s, c) + ", " + significant_text(c.of->bits) + " bits a weight)";
      continue;
    }
    text += "stay dense for " + tokens_text(tokens, c.at);
    const form* const next =
        form_at(s, fastest(s, c.at[0], [&](const form& f) { return may_pick(s, f, c.at[0]); }));
    if (next)
      text += " (" + form_name(*next) + " is at " + speeds_text(s, {next, c.at}) + ", with " +
              percent_text(static_cast<double>(next->bytes) / static_cast<double>(c.of->bytes)) +
              " of the bytes)";
  }
  if (text.empty()) return "No form of this matrix fits the limit of bytes.";
  text[0] = static_cast<char>(text[0] == 's' ? 'S' : text[0]);
  return text + ".";
}

/// Forms of one kind that beat the pick by 5 %, with the price of each: "<lead> <form> for <tokens> (<speed>,
/// <price>)".
template <class May, class Price>
void add_remark(std::vector<std::string>& lines, const section& s, const std::vector<index_t>& tokens,
                const std::string& lead, May&& may, Price&& price) {
  std::string text;
  const auto better = [&](std::size_t t) -> const form* {
    const form* const chosen = pick(s, t);
    const form* const f = form_at(s, fastest(s, t, may));
    return f && (!chosen || f->at[t].seconds * 1.05 < chosen->at[t].seconds) ? f : nullptr;
  };
  for (const choice& c : choices(s, better))
    text += (text.empty() ? "" : "; ") + form_name(*c.of) + " for " + tokens_text(tokens, c.at) + " (" +
            speeds_text(s, c) + price(c) + ")";
  if (!text.empty()) lines.push_back(lead + text + ".");
}

/// Largest error of a form over the token counts of a choice.
inline double error_of(const choice& c) {
  double worst = 0;
  for (const std::size_t t : c.at) worst = std::max(worst, c.of->at[t].error);
  return worst;
}

/// How the picks run: "bitmap float streams for 1 and 8 tokens", as regimes of ops/regime.hpp; "" when not known.
inline std::string regimes_text(const section& s, const std::vector<index_t>& tokens) {
  std::string text;
  for (const choice& c : choices(s, [&](std::size_t t) { return pick(s, t); })) {
    std::vector<std::string> found;
    std::vector<std::vector<std::size_t>> at;
    for (const std::size_t t : c.at) {
      const std::string& how = c.of->at[t].regime;
      if (how.empty()) return {};
      const auto place = static_cast<std::size_t>(std::find(found.begin(), found.end(), how) - found.begin());
      if (place == found.size()) found.push_back(how), at.emplace_back();
      at[place].push_back(t);
    }
    text += (text.empty() ? "" : "; ") + form_name(*c.of) + " by ";
    for (std::size_t i = 0; i < found.size(); ++i)
      text += (i == 0 ? "" : ", ") + found[i] + " for " + tokens_text(tokens, at[i]);
  }
  return text;
}

/// All that a section has to say: the advice first.
inline std::vector<std::string> judge(const section& s, const std::vector<index_t>& tokens) {
  std::vector<std::string> lines{advice_text(s, tokens)};
  double free = 0;  // what unstructured pruning to the same share keeps
  for (const form& f : s.forms)
    if (f.what == holds::pruned) free = f.kept;
  add_remark(
      lines, s, tokens, "Faster with rounded values: ",
      [](const form& f) { return !f.peer && !f.lossless && f.what != holds::structured; },
      [](const choice& c) { return number_text(", error %.0e", error_of(c)); });
  add_remark(
      lines, s, tokens, "Faster if pruned to a structure: ",
      [](const form& f) { return !f.peer && f.lossless && f.what == holds::structured; },
      [&](const choice& c) {
        return ", keeps " + percent_text(c.of->kept) + " of |w| where free pruning keeps " +
               percent_text(free);
      });
  add_remark(
      lines, s, tokens, "A peer is faster: ", [](const form& f) { return f.peer; },
      [](const choice&) { return std::string(); });
  if (const std::string how = regimes_text(s, tokens); !how.empty()) lines.push_back("Runs: " + how + ".");
  return lines;
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
