// SPDX-License-Identifier: BSL-1.0
// A llama2.c model from its files to text: tokenizer, transformer, cache. Weights and cache take the forms that the
// arguments name. Exit code 2: one sentence on stderr says why.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <lacuna/interop/mapped_file.hpp>
#if __has_include(<unistd.h>)
#  include <unistd.h>
#endif

#ifdef _OPENMP
#  include <lacuna/exec/openmp.hpp>
#else
#  include "../advise/threads.hpp"
#endif

#include "arguments.hpp"
#include "checkpoint.hpp"
#include "model.hpp"
#include "perplexity.hpp"
#include "sampler.hpp"
#include "select.hpp"
#include "tokenizer.hpp"

using namespace lacuna;

namespace story {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double megabytes(std::size_t bytes) { return static_cast<double>(bytes) * 1e-6; }

/// Tokens per second and memory: the end of both jobs.
void report(const model& m, const arguments& a, const kv_form& kv, index_t tokens, double seconds) {
  const model_bytes b = m.bytes();
  std::printf("%td tokens in %.3f s: %.0f tokens/s\n", tokens, seconds,
              static_cast<double>(tokens) / seconds);
  std::printf("memory: layers %.3f MB (%s), embedding and norms %.3f MB, cache %.3f MB of %td tokens (%s)\n",
              megabytes(b.layers), text_of(a.weights).c_str(), megabytes(b.rest), megabytes(b.cache),
              m.position(), text_of(kv).c_str());
  if (const read_share s = m.share(); s.all > 0)
    std::printf("attended: %.1f %% of the keys (%s)\n", 100 * s.read / s.all, text_of(a.select).c_str());
}

struct opened {
  mapped_file checkpoint_file, tokenizer_file;
  checkpoint weights;
  tokenizer words;

  explicit opened(const arguments& a)
      : checkpoint_file(a.checkpoint),
        tokenizer_file(a.tokenizer),
        weights(read_checkpoint(checkpoint_file.bytes(), a.checkpoint)),
        words(tokenizer_file.bytes(), weights.shape.vocab, a.tokenizer) {
    if (weights.shape.vocab <= end_token)
      fail(errc::data, "tokenizer: need tokens that begin and end a story; got " +
                           count_text(weights.shape.vocab) + " tokens in " + a.tokenizer);
  }
};

void tell(const arguments& a, const opened& files, const threads& where) {
  std::vector<int> prompt = files.words.encode(a.prompt);
  prompt.insert(prompt.begin(), begin_token);
  const auto begun = static_cast<index_t>(prompt.size());
  const index_t room = files.weights.shape.context - begun + 1;  // the last token is not read any more
  if (room < std::max<index_t>(1, a.steps))
    fail(errc::argument, "--steps: need prompt and story to fit the " +
                             count_text(files.weights.shape.context) + " tokens of the context; got " +
                             count_text(begun) + " and " + count_text(std::max<index_t>(1, a.steps)));
  const index_t steps = a.steps > 0 ? a.steps : std::min<index_t>(256, room);
  const kv_form kv = parse_kv_form(a.kv, files.weights.shape.head_size());
  model m(files.weights, {a.weights, kv, a.window, begun + steps - 1, a.select});

  sampler choose(a.temperature, a.seed);
  int token = begin_token;
  const auto take = [&](index_t, array_view<const float> logits) { token = choose.choose(logits); };
  if (!a.ids)
    for (std::size_t i = 1; i < prompt.size(); ++i)
      std::fputs(files.words.text(prompt[i - 1], prompt[i]).c_str(), stdout);
  const double start = seconds_now();
  m.read(where, prompt, 1, take);
  int before = prompt.back();
  const double told = seconds_now();
  for (index_t n = 1;; ++n) {
    if (a.ids)
      std::printf(n == 1 ? "%d" : " %d", token);
    else
      std::fputs(files.words.text(before, token).c_str(), stdout);
    std::fflush(stdout);
    if (n == steps) break;
    before = token;
    m.read(where, array_view<const int>{&before, 1}, 1, take);
  }
  const double end = seconds_now();
  std::printf("\n\nprompt: %td tokens in %.3f s; then\n", begun, told - start);
  report(m, a, kv, steps, end - told);
}

/// Lines on stderr: one that is overwritten on a terminal, one a second elsewhere.
class progress_line {
 public:
  void operator()(const perplexity_sum& sum, index_t windows) {
    const double now = seconds_now();
    if (sum.windows < windows && now - last_ < (terminal_ ? 0.1 : 1)) return;
    last_ = now;
    std::fprintf(stderr,
                 terminal_ ? "\r\033[Kwindow %td of %td, perplexity %.4f, %.0f s"
                           : "window %td of %td, perplexity %.4f, %.0f s\n",
                 sum.windows, windows, std::exp(sum.mean()), now - start_);
    if (terminal_ && sum.windows == windows) std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
  }

 private:
  double start_ = seconds_now(), last_ = 0;
#if __has_include(<unistd.h>)
  bool terminal_ = isatty(2) == 1;
#else
  bool terminal_ = false;
#endif
};

void read(const arguments& a, const opened& files, const threads& where) {
  const index_t most = files.weights.shape.context, context = a.context > 0 ? a.context : most;
  if (context > most || context < 2)
    fail(errc::argument, "--context: need 2 to " + count_text(most) +
                             " tokens, the context of the model; got " + count_text(context));
  const mapped_file text(a.perplexity);
  const std::vector<int> tokens =
      files.words.encode({text.text().data(), static_cast<std::size_t>(text.text().size())});
  if (tokens.empty()) fail(errc::argument, "--perplexity: need a text; got an empty file " + a.perplexity);
  const kv_form kv = parse_kv_form(a.kv, files.weights.shape.head_size());
  model m(files.weights, {a.weights, kv, a.window, context - 1, a.select});
  progress_line progress;
  const double start = seconds_now();
  const perplexity_sum sum =
      perplexity(m, where, tokens, context, a.windows > 0 ? a.windows : static_cast<index_t>(tokens.size()),
                 [&](const perplexity_sum& s, index_t n) { progress(s, n); });
  report(m, a, kv, sum.tokens, seconds_now() - start);
  std::printf("nll %.6f perplexity %.6f tokens %td\n", sum.mean(), std::exp(sum.mean()), sum.tokens);
}

void run(const arguments& a) {
  const opened files(a);
#ifdef _OPENMP
  const auto parallel_for = [&](index_t n, auto&& piece) {
    openmp{static_cast<int>(a.threads)}.run(n, piece);
  };
#else
  thread_pool pool(a.threads);
  const auto parallel_for = [&](index_t n, auto&& piece) { pool(n, piece); };
#endif
  workspace scratch;
  const threads where{pool_ref(parallel_for, a.threads), native{}, &scratch};
  a.perplexity.empty() ? tell(a, files, where) : read(a, files, where);
}

}  // namespace
}  // namespace story

int main(int count, char** words) {
  try {
    const story::arguments args = story::parse(count, words);
    if (args.help) return std::fputs(story::usage, stdout) < 0;
    story::run(args);
    return 0;
  } catch (const error& e) {
    std::fprintf(stderr, "story: %s\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "story: need more memory than there is, or met a fault of its own; got %s\n",
                 e.what());
    return 1;
  }
}
