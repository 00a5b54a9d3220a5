// SPDX-License-Identifier: BSL-1.0
// Which format should this matrix be stored in, and what does it gain? The answer is plan::advise; this
// program reads the matrix, lends it threads and prints what it found. Exit code 2: one sentence on stderr
// says why.
#include <cstdio>
#include <cstring>
#include <exception>
#include <lacuna/plan/advise.hpp>
#if __has_include(<unistd.h>)
#  include <unistd.h>
#endif

#ifdef _OPENMP
#  include <lacuna/exec/openmp.hpp>
#endif

#include "input.hpp"
#include "kernels.hpp"
#include "peers.hpp"
#include "threads.hpp"

using namespace lacuna;

namespace {

/// Lines on stderr: one that is overwritten on a terminal, many elsewhere.
class progress_lines {
 public:
  void operator()(const std::string& line) const {
    const double seconds = plan::seconds_now() - start_;
    std::fprintf(stderr, terminal_ ? "\r\033[K%5.1f s  %s" : "%5.1f s  %s\n", seconds, line.c_str());
    std::fflush(stderr);
  }
  void clear() const {
    if (terminal_) std::fputs("\r\033[K", stderr);
  }

 private:
  double start_ = plan::seconds_now();
#if __has_include(<unistd.h>)
  bool terminal_ = isatty(2) == 1;
#else
  bool terminal_ = false;
#endif
};

template <class Where>
plan::report ask(const Where& where, const input& in, const plan::options& o) {
  return in.sparse ? plan::advise(where, in.a, o) : plan::advise(where, in.w.view(), o);
}

plan::report ask(const arguments& args, const input& in, const plan::options& o) {
  if (args.threads == 1) return ask(exec{}, in, o);
#ifdef _OPENMP
  return ask(exec{openmp{static_cast<int>(args.threads)}}, in, o);
#else
  thread_pool pool(args.threads);
  return ask(exec{pool_ref(pool, args.threads)}, in, o);
#endif
}

/// Opened before the search, so that a wrong path costs nothing.
struct json_file {
  std::string path;
  std::FILE* file = nullptr;

  explicit json_file(const std::string& p) : path(p) {
    if (!path.empty()) file = std::fopen(path.c_str(), "wb");
    if (!path.empty() && !file)
      fail(errc::io, "--json: need a file that can be written; got '" + path + "': " + std::strerror(errno));
  }
  void write(const std::string& text) {
    if (!file) return;
    const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) != 0 || !whole)
      fail(errc::io, "--json: need room to write; got an error at '" + path + "'");
  }
};

int run(const arguments& args) {
  const input in = read_input(args);
  const progress_lines progress;
  const plan::options o{.keep = args.keep,
                        .tokens = args.tokens,
                        .from_memory = !args.cached,
                        .seconds = args.seconds,
                        .narrow = args.narrow,
                        .most_error = args.error,
                        .peers = eigen_peers(args.threads),
                        .progress = progress};
  plan::check_options(o, in.rows(), in.cols());
  json_file json(args.json);
  progress(in.what);
  if (in.sparse && args.keep_given) progress("--keep does not apply: nothing is pruned");
  plan::report found = ask(args, in, o);
  progress.clear();
  found.input = in.what;
  std::fputs(plan::table_text(found).c_str(), stdout);
  std::printf("\nfound in %.0f s\n", found.seconds);
  json.write(plan::json_text(found));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    const arguments args = parse(count, words);
    if (args.help) return std::fputs(usage, stdout) < 0;
    return run(args);
  } catch (const error& e) {
    const char* const said = e.what();
    std::fprintf(stderr, std::strncmp(said, "advise: ", 8) == 0 ? "%s\n" : "advise: %s\n", said);
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "advise: need more memory than there is, or met a fault of its own; got %s\n",
                 e.what());
    return 1;
  }
}
