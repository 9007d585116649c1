#pragma once
// One HTTP/1.1 connection: reads requests, answers them, and becomes a WsSession when asked to. Requests have
// no body and 8 KiB of header at most.

#include <memory>

#include "base/address.hpp"
#include "server/admission.hpp"
#include "server/descriptor.hpp"
#include "server/session.hpp"

namespace parlor::server {

class Worker;

inline constexpr std::size_t kMaxHeader = 8 * 1024;
inline constexpr base::Duration kKeepAlive = base::seconds(30);       ///< from one request to the next
inline constexpr base::Duration kWriteDeadline = base::seconds(20);   ///< without taking a byte of the answer
inline constexpr base::Duration kRefusedDeadline = base::seconds(2);  ///< for all of a refused connection

/// `refusal` other than none: the first request is answered with 503, and nothing else, within
/// kRefusedDeadline.
std::shared_ptr<Session> make_http_session(Worker& worker, Descriptor socket, const base::IpAddress& peer,
                                           bool over_loopback, Admission::Place place, Refusal refusal);
/// Begins to read. Apart from making it: the worker must know it first.
void start_http_session(const std::shared_ptr<Session>& session);

}  // namespace parlor::server
