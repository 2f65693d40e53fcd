# cmake -DDEPFILE=file -P escape_depfile.cmake
# protoc writes paths into its dependency file as they are, one a line; a blank in one (a checkout in
# "/home/new user") ends the name for whoever reads it, and everything would be generated at every build.
file(READ "${DEPFILE}" text)
string(REGEX REPLACE " ?\\\\\n ?" "\n" text "${text}")  # one path a line
string(REPLACE ": " ":\n" text "${text}")
string(REPLACE " " "\\ " text "${text}")
string(REPLACE "\n" " \\\n" text "${text}")
file(WRITE "${DEPFILE}" "${text}\n")
