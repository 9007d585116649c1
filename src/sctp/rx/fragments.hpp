#pragma once
// The fragments of messages on their way to becoming whole. Two kinds: of a message that has a number
// (I-DATA, and ordered DATA), and unordered DATA, whose fragments are known to belong together by their TSNs
// alone.

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "sctp/packet/data.hpp"

namespace parlor::sctp {

/// One message that has a number. Its fragments are numbered in a row, from whatever number the first one
/// has.
class NumberedMessage {
 public:
  enum class Taken : std::uint8_t {
    yes,
    repeated,  ///< this fragment was there
    wrong,     ///< it contradicts what was there: two firsts, something behind the last
  };
  Taken add(std::uint32_t fragment, const DataChunk& data);

  [[nodiscard]] bool complete() const { return ended_; }
  /// All that came, in bytes of payload.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Pieces of memory that it takes: what follows without a gap is one.
  [[nodiscard]] std::size_t pieces() const { return later_.size() + (whole_.empty() ? 0 : 1); }
  [[nodiscard]] PayloadProtocol ppid() const { return ppid_; }
  /// Precondition: complete().
  [[nodiscard]] base::Bytes take() { return std::move(whole_); }

 private:
  struct Fragment {
    base::Bytes bytes;
    bool last = false;
  };
  void append(base::BytesView bytes, bool last);

  base::Bytes whole_;  ///< from the first on, as far as there is no gap
  bool began_ = false;
  bool ended_ = false;
  std::uint32_t next_ = 0;  ///< the fragment that follows `whole_`
  PayloadProtocol ppid_ = 0;
  std::map<std::uint32_t, Fragment> later_;  ///< behind a gap, or before the first came
  std::size_t size_ = 0;
};

/// The unordered DATA chunks of all streams, by their TSNs. Fragments of one stream in a row form a run; one
/// that begins with a first and ends with a last is a message. What each call takes goes by what it takes
/// away, not by what there is: who sends the fragments also chooses how often it gives up some.
class UnorderedRuns {
 public:
  struct Whole {
    PayloadProtocol ppid = 0;
    base::Bytes bytes;
    std::size_t fragments = 0;
  };
  /// Precondition: this TSN comes for the first time. What is whole now.
  std::optional<Whole> add(const DataChunk& data);
  /// All up to this TSN has come or is given up: what can become whole no more is dropped. How much that was.
  struct Dropped {
    std::size_t bytes = 0;
    std::size_t fragments = 0;
  };
  Dropped skip_to(Tsn cumulative);
  /// All of this stream.
  Dropped drop(StreamId stream);

 private:
  struct Run {
    StreamId stream = 0;
    std::uint32_t end = 0;  ///< the TSN behind its last
    bool first = false;
    bool last = false;
    PayloadProtocol ppid = 0;
    std::size_t fragments = 0;
    std::list<base::Bytes> parts;  ///< in their order; joined without moving any
    [[nodiscard]] std::size_t bytes() const;
  };
  using Runs = std::map<std::uint32_t, Run>;  // by their first TSN
  static void join(Run& left, Run&& right);
  [[nodiscard]] Runs::iterator before(std::uint32_t tsn);
  Runs::node_type take(Runs::iterator run);
  void drop(Runs::iterator run, Dropped& dropped);

  Runs runs_;
  std::set<std::pair<StreamId, std::uint32_t>> of_streams_;  ///< the same, by stream
};

}  // namespace parlor::sctp
