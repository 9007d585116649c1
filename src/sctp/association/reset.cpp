// The end of streams (RFC 6525), as data channels need it (RFC 8831 §6.7): each side ends its own, one
// request at a time.

#include <algorithm>
#include <utility>

#include "sctp/association/association.hpp"
#include "sctp/packet/cause.hpp"

namespace parlor::sctp {
namespace {

constexpr std::size_t kMostStreams = 200;  // in one request

}  // namespace

// ---- this side's streams

bool Association::reset_streams(base::Time now, std::span<const StreamId> streams) {
  see(now);
  if (!is_open() || !used_.reset) return false;
  // A request has to fit into any packet.
  for (; !streams.empty(); streams = streams.subspan(std::min(streams.size(), kMostStreams))) {
    const auto some = streams.first(std::min(streams.size(), kMostStreams));
    resets_.push_back({{some.begin(), some.end()}});
  }
  return true;
}

bool Association::is_resetting(StreamId stream) const {
  return std::any_of(resets_.begin(), resets_.end(), [stream](const Reset& reset) {
    return std::find(reset.streams.begin(), reset.streams.end(), stream) != reset.streams.end();
  });
}

/// Once the last message of its streams has been given out, the next request is sent.
void Association::advance_resets() {
  if (!is_open() || resets_.empty() || resets_.front().request) return;
  const auto& streams = resets_.front().streams;
  if (std::any_of(streams.begin(), streams.end(),
                  [this](StreamId stream) { return queue_.buffered(stream) > 0; }))
    return;
  send_reset();
}

/// When the request is sent again.
std::optional<base::Time> Association::reset_deadline() const {
  if (resets_.empty() || !resets_.front().request) return std::nullopt;
  return resets_.front().due;
}

/// Longer each time, as for data.
void Association::wait_for_response() {
  Reset& reset = resets_.front();
  const base::Duration wait = round_trip_.timeout() * (1 << std::min(reset.tries, 8));
  reset.due = now_ + std::min(wait, round_trip_.longest_backoff());
}

/// Asks, or asks again.
void Association::send_reset() {
  Reset& reset = resets_.front();
  if (!reset.request) {
    reset.request = next_request_;
    ++next_request_;
    reset.last_assigned = sent_->next_tsn() + 0xffffffffU;
    reset.since = now_;
  } else {
    if (is_silent(reset.since)) return give_up();
    ++reset.tries;
  }
  wait_for_response();
  Reconfig reconfig;
  reconfig.outgoing =
      OutgoingReset{*reset.request, expected_request_ + 0xffffffffU, reset.last_assigned, reset.streams};
  queue(ChunkType::reconfig, write_reconfig(reconfig));
}

void Association::handle_response(const ReconfigResponse& response) {
  if (resets_.empty() || resets_.front().request != response.response) return;
  switch (response.result) {
    case ReconfigResult::in_progress:
      // Not all of the streams has come there yet: asked again after a timeout.
      resets_.front().tries = 0;
      resets_.front().since = now_;
      wait_for_response();
      return;
    case ReconfigResult::nothing_to_do:
    case ReconfigResult::performed:
      return finish_reset(true);
    default:
      return finish_reset(false);
  }
}

void Association::finish_reset(bool done) {
  Reset reset = std::move(resets_.front());
  resets_.erase(resets_.begin());
  if (done) {
    for (const StreamId stream : reset.streams) queue_.reset(stream);
  }
  events_.push_back(ResetDone{std::move(reset.streams), done});
}

// ---- the other side's

void Association::handle_reconfig(const Chunk& chunk) {
  const auto reconfig = read_reconfig(chunk.value);
  if (!used_.reset || !reconfig) {
    queue(ChunkType::error,
          write_cause(CauseCode::protocol_violation, base::as_bytes("a RE-CONFIG that cannot be read")));
    return;
  }
  for (const ReconfigResponse& response : reconfig->responses) handle_response(response);
  Reconfig answer;
  const auto respond = [&](RequestNumber request, auto result) {
    if (request == expected_request_) {
      last_result_ = result();
      // What is in progress is asked again with the same number.
      if (last_result_ != ReconfigResult::in_progress) ++expected_request_;
    } else if (request + 1 != expected_request_) {
      answer.responses.push_back({request, ReconfigResult::bad_sequence_number});
      return;
    }
    // One that was answered is answered the same way again: the answer was lost.
    answer.responses.push_back({request, last_result_});
  };
  // One in a packet: each is looked for among all that there is. Who asks for more asks again.
  if (reconfig->outgoing && !std::exchange(saw_reset_, true))
    respond(reconfig->outgoing->request, [&] { return handle_outgoing_reset(*reconfig->outgoing); });
  // "End yours" and more streams are not what data channels do.
  if (reconfig->incoming) respond(reconfig->incoming->request, [] { return ReconfigResult::denied; });
  if (reconfig->other) respond(reconfig->other->request, [] { return ReconfigResult::denied; });
  if (!answer.responses.empty()) queue(ChunkType::reconfig, write_reconfig(answer));
}

ReconfigResult Association::handle_outgoing_reset(const OutgoingReset& request) {
  // It is asked again, and by then what was said before may have been heard.
  if (request.last_assigned.is_after(received_->cumulative()) || events_.size() >= kMostEvents) {
    ack_now_ = true;
    return ReconfigResult::in_progress;
  }
  reassembly_.reset(request.streams);
  events_.push_back(StreamsReset{request.streams});
  return ReconfigResult::performed;
}

}  // namespace parlor::sctp
