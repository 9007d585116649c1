#pragma once
// What the page's JavaScript (page/engine.mjs) may call: plain functions over the one Game of the page. Texts
// are UTF-8 and end with a zero byte; what is given back lives until the next call of the same function.

extern "C" {

/// Begins on the canvas that `selector` finds. 0: all is well; 1: no WebGL 2; 2: the shader compiler refuses.
int cubes_start(const char* selector);
/// The same at any time: shaders may be refused when a context that was lost comes back.
int cubes_error();
/// What the shader compiler said.
const char* cubes_log();
/// CSS pixels, and screen pixels per CSS pixel.
void cubes_resize(float width, float height, float pixel_ratio);
/// One drawn frame; one step of a hidden page. Milliseconds, as performance.now() gives them.
void cubes_frame(double now_ms);
void cubes_tick(double now_ms);

/// What the player wants: x to the right, z towards the camera, together at most 1 long.
void cubes_input(float x, float z, int jump);
/// The player turns the camera: radians to the right and up; above 1 moves it away.
void cubes_look(float aside, float up);
void cubes_zoom(float factor);
/// Where in the picture the cube stands, -1 to 1 to the right and up.
void cubes_shift(float aside, float up);
/// No effects that only move for the fun of it.
void cubes_calm(int calm);
/// The page is hidden.
void cubes_away(int away);
/// The time of day for good, from 0 (midnight) over 0.5 (noon) to 1; below 0 it passes, once in eight
/// minutes.
void cubes_day(float time);
/// So many dancing cubes more.
void cubes_crowd(int count);
/// The camera follows the cube, though it is in no room.
void cubes_play();

/// Into a room, as `name`. An empty title, ticket or password is none.
void cubes_create(const char* name, int size, const char* title, const char* password, int listed);
void cubes_join(const char* name, const char* code, const char* ticket, const char* password);
/// A quick match.
void cubes_search(const char* name);
/// Out of the room, or no longer on the way into one.
void cubes_leave();

// What the host asks for; what is refused comes as a notice.
/// The room is to be like this. Null for the password: as it is; an empty one: none.
void cubes_change(const char* title, int size, const char* password, int listed, int locked);
void cubes_kick(int id);
void cubes_ban(int id);
void cubes_make_host(int id);

/// Keeps the list of rooms fresh, up to `most` of them, until cubes_rooms_close(). `by_members`: those with
/// most members first, otherwise the newest.
void cubes_rooms_open(int by_members, int has_space, int without_password, int most);
void cubes_rooms_close();

/// As Game::model(), Game::snapshot(), Game::rooms() and Game::notice() (null when there is none).
const char* cubes_model();
const char* cubes_rooms();
const char* cubes_snapshot();
const char* cubes_notice();

/// As Game::network() and Game::sounds() (null when there is nothing to hear).
const char* cubes_network(int explained);
const char* cubes_sounds();
/// Of the room's conditioner: what a name stands for, as JSON (null when there is no such name); puts it on,
/// and gives "taken" or what was refused; takes it off. Milliseconds, shares, bytes a second, bytes, and
/// whether it stalls now and then.
const char* cubes_conditions(const char* name);
const char* cubes_condition(double delay, double jitter, double loss, double burst, double duplicate,
                            double rate, double queue, int stalls);
void cubes_condition_off();
}
