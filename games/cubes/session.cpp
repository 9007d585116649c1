#include "cubes/session.hpp"

#include <algorithm>
#include <utility>

#include "cubes/greeting.hpp"

namespace parlor::cubes {

std::string_view to_string(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::entered:
      return "entered";
    case NoticeKind::joined:
      return "joined";
    case NoticeKind::away:
      return "away";
    case NoticeKind::back:
      return "back";
    case NoticeKind::left:
      return "left";
    case NoticeKind::host:
      return "host";
    case NoticeKind::connected:
      return "connected";
    case NoticeKind::lost_path:
      return "lost_path";
    case NoticeKind::link_failed:
      return "link_failed";
    case NoticeKind::server_lost:
      return "server_lost";
    case NoticeKind::server_back:
      return "server_back";
    case NoticeKind::refused:
      return "refused";
    case NoticeKind::ticket:
      return "ticket";
    case NoticeKind::caught:
      return "caught";
    case NoticeKind::ended:
      return "ended";
  }
  return "";
}

void Session::create(std::string name, Create room) {
  enter(std::move(name), std::move(room));
}

void Session::join(std::string name, Join room) {
  enter(std::move(name), std::move(room));
}

void Session::search(std::string name) {
  enter(std::move(name), QuickMatch{.size = kMatchSize, .patience = kMatchPatience});
  searching_ = Searching{};
}

void Session::enter(std::string name, Entry entry) {
  finish();
  name_ = name;
  RoomOptions options;
  options.server = server_;
  options.game = kGame;
  options.build = kBuild;
  options.name = std::move(name);
  options.entry = std::move(entry);
  options.channels = {
      {"events", Delivery::reliable}, {"states", Delivery::unreliable}, {"props", Delivery::latest}};
  room_.emplace(std::move(options));
  if (conditions_) set_conditioner(conditions_, stalls_);
}

ConditionsResult Session::set_conditioner(const std::optional<Conditions>& conditions, bool stalls) {
  if (room_) {
    const ConditionsResult result = room_->set_conditioner(conditions);
    if (result != ConditionsResult::taken) return result;
  }
  conditions_ = conditions;
  stalls_ = stalls && conditions;
  stalled_ = false;
  next_stall_ = now_ + kStallEvery;
  return ConditionsResult::taken;
}

void Session::stall() {
  if (!stalls_ || now_ < next_stall_) return;
  if (stalled_) {
    room_->set_conditioner(std::nullopt);  // lets out at once what was held
    room_->set_conditioner(conditions_);
    next_stall_ = now_ + kStallEvery;
  } else {
    room_->set_conditioner(Conditions{.delay = kMaxConditionDelay});
    // Of all lengths, one after the other as if by chance: the step has no divisor with their number.
    constexpr auto kLengths = (kLongestStall - kShortestStall) / base::milliseconds(1) + 1;
    next_stall_ = now_ + kShortestStall + base::milliseconds(++stall_count_ * 73 % kLengths);
  }
  stalled_ = !stalled_;
}

void Session::leave() {
  if (room_) room_->leave();
}

void Session::finish() {
  room_.reset();
  world_.remove_all();
  world_.camera().set_circling(true);
  members_.clear();
  to_greet_.clear();
  to_tell_it_.clear();
  known_paths_.clear();
  away_.clear();
  tag_ = {};
  announced_.reset();
  announced_at_.reset();
  unsettled_ = false;
  settled_at_.reset();
  ticket_.clear();
  path_changes_.clear();
  namings_.clear();
  settings_ = {};
  searching_.reset();
  server_lost_ = false;
  inside_ = false;
  arriving_ = false;
}

void Session::update(base::Time now) {
  now_ = now;
  if (!room_) return;
  stall();
  room_->update();
  bool over = false;
  while (auto event = room_->poll_event()) {
    over = over || std::holds_alternative<Ended>(*event);
    std::visit([this](const auto& what) { on(what); }, *event);
  }
  if (over) {
    finish();
    return;
  }
  if (arriving_) arrive();
  if (inside_ && room_->ticket() != ticket_) {
    ticket_ = room_->ticket();
    notify({.kind = NoticeKind::ticket, .code = std::string(room_->code()), .ticket = ticket_});
  }
  settle_colour();
  play_tag();
  greet();
  tell();
  tell_props();
}

void Session::notify(Notice notice) {
  if (notices_.size() >= kMostNotices) notices_.pop_front();
  notices_.push_back(std::move(notice));
}

std::optional<Notice> Session::poll_notice() {
  if (notices_.empty()) return std::nullopt;
  Notice notice = std::move(notices_.front());
  notices_.pop_front();
  return notice;
}

std::optional<Session::Naming> Session::poll_naming() {
  if (namings_.empty()) return std::nullopt;
  Naming naming = std::move(namings_.back());
  namings_.pop_back();
  return naming;
}

void Session::name_label(PlayerId id, const std::string& name) {
  const render::LabelSlot slot = world_.label_of(id);
  const auto waiting =
      std::find_if(namings_.begin(), namings_.end(), [&](const Naming& one) { return one.slot == slot; });
  if (waiting != namings_.end()) {
    waiting->name = name;
  } else {
    namings_.push_back({slot, name});
  }
}

bool Session::is_away(PeerId peer) const {
  return std::find(away_.begin(), away_.end(), peer) != away_.end();
}

const Member* Session::find(PeerId peer) const {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const Member& one) { return one.id == peer; });
  return found == members_.end() ? nullptr : &*found;
}

std::string Session::name_of(PeerId peer) const {
  const Member* member = find(peer);
  return member ? member->name : std::string();
}

void Session::on(const Joined& joined) {
  inside_ = true;
  arriving_ = true;
  settings_ = room_->settings();
  searching_.reset();
  server_lost_ = false;
  // Now, and not when all have arrived: what they say about these may come together with them.
  ticket_ = joined.ticket;
  tag_.begin(number(joined.me));
  world_.props().reset();
  world_.props().begin(number(joined.me));
  world_.camera().set_circling(false);
  pacer_ = {};
  notify({.kind = NoticeKind::entered,
          .id = number(joined.me),
          .name = name_,
          .code = joined.code,
          .ticket = joined.ticket});
}

/// All who were there before me are known now: the next place and the next colour are mine.
void Session::arrive() {
  arriving_ = false;
  world_.begin(number(room_->me()), members_.size());
  world_.set_own_colour(first_colour(members_.size()));
}

void Session::on(const PeerJoined& joined) {
  const PlayerId id = number(joined.member.id);
  // A guess, until it says its colour: those before me came one after the other, who comes now comes after
  // me.
  world_.add(id, first_colour(members_.size() + (arriving_ ? 0 : 1)));
  members_.push_back(joined.member);
  name_label(id, joined.member.name);
  to_greet_.push_back(joined.member.id);
  to_tell_it_.push_back(joined.member.id);
  world_.props().hurry();
  if (!arriving_) notify({.kind = NoticeKind::joined, .id = id, .name = joined.member.name});
}

void Session::on(const PeerAway& away) {
  away_.push_back(away.peer);
  if (!arriving_) notify({.kind = NoticeKind::away, .id = number(away.peer), .name = name_of(away.peer)});
}

void Session::on(const PeerBack& back) {
  const PeerId peer = back.member.id;
  std::erase(away_, peer);
  notify({.kind = NoticeKind::back, .id = number(peer), .name = back.member.name});
  if (!back.anew) return;
  // Its program knows nothing yet: neither my colour nor where I am.
  const auto member =
      std::find_if(members_.begin(), members_.end(), [&](const Member& one) { return one.id == peer; });
  if (member != members_.end()) member->name = back.member.name;
  name_label(number(peer), back.member.name);
  for (std::vector<PeerId>* list : {&to_greet_, &to_tell_it_}) {
    std::erase(*list, peer);
    list->push_back(peer);
  }
  std::erase(known_paths_, peer);
  world_.begin_anew(number(peer));
  pacer_.hurry();
  world_.props().hurry();
  // What it moved it knows nothing of any more. All take it over, and agree on one of them.
  world_.props().adopt(now_, [&](PlayerId id) { return id != number(peer); });
}

void Session::on(const PeerLeft& left) {
  notify({.kind = NoticeKind::left,
          .id = number(left.peer),
          .name = name_of(left.peer),
          // Who was seen to go away has just not come back: no connection broke off under the player's eyes.
          .reason = is_away(left.peer) ? Reason::peer_left : left.reason,
          .message = left.message});
  world_.remove(number(left.peer));
  std::erase_if(members_, [&](const Member& one) { return one.id == left.peer; });
  std::erase(to_greet_, left.peer);
  std::erase(to_tell_it_, left.peer);
  std::erase(known_paths_, left.peer);
  std::erase(away_, left.peer);
}

void Session::on(const HostChanged& changed) {
  const bool mine = room_ && changed.host == room_->me();
  notify(
      {.kind = NoticeKind::host, .id = number(changed.host), .name = mine ? name_ : name_of(changed.host)});
}

void Session::on(const Message& message) {
  const PlayerId id = number(message.from);
  if (message.channel == kStates) {
    if (const auto told = parse_state(message.bytes)) world_.told(id, now_, *told);
  } else if (message.channel == kProps) {
    if (const auto told = parse_prop(message.bytes)) world_.props().told(id, now_, *told);
  } else if (const auto caught = parse_catch(message.bytes)) {
    // About who is no member it says nothing; the host's next repetition may.
    const PeerId it{caught->it};
    if (it == room_->me() || find(it)) (void)tag_.told(now_, *caught, message.from == room_->host());
  } else if (const auto greeting = parse_greeting(message.bytes)) {
    world_.set_colour(id, greeting->colour);
    unsettled_ = true;
  }
}

void Session::on(const PathChanged& changed) {
  if (path_changes_.size() == kMostPathChanges) path_changes_.erase(path_changes_.begin());
  path_changes_.push_back({now_, number(changed.peer), changed.from, changed.to});
  const bool known = std::find(known_paths_.begin(), known_paths_.end(), changed.peer) != known_paths_.end();
  const Notice about{.id = number(changed.peer), .name = name_of(changed.peer)};
  if (changed.to == Path::none) {
    if (is_away(changed.peer)) return;  // which was said, or is about to be
    Notice notice = about;
    notice.kind = NoticeKind::lost_path;
    notify(std::move(notice));
    return;
  }
  // What was told before it could hear is not repeated by itself.
  pacer_.hurry();
  if (!known) {
    known_paths_.push_back(changed.peer);
  } else if (changed.from == Path::none) {
    Notice notice = about;
    notice.kind = NoticeKind::connected;
    notify(std::move(notice));
  }
}

void Session::on(const LinkFailed& failed) {
  if (is_away(failed.peer)) return;
  notify({.kind = NoticeKind::link_failed,
          .id = number(failed.peer),
          .name = name_of(failed.peer),
          .reason = failed.reason,
          .message = failed.message});
}

void Session::on(const ServerLost& lost) {
  server_lost_ = true;
  notify({.kind = NoticeKind::server_lost, .reason = lost.reason, .message = lost.message});
}

void Session::on(const ServerBack&) {
  server_lost_ = false;
  notify({.kind = NoticeKind::server_back});
}

void Session::on(const SettingsChanged& changed) {
  settings_ = changed.settings;
}

void Session::on(const RequestRefused& refused) {
  notify({.kind = NoticeKind::refused, .message = refused.message});
}

void Session::on(const Searching& searching) {
  searching_ = searching;
}

void Session::on(const Ended& ended) {
  notify({.kind = NoticeKind::ended, .reason = ended.reason, .message = ended.message});
}

}  // namespace parlor::cubes
