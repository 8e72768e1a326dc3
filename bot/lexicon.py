"""The usual names of film and music genres, peoples and places, and how people say them."""

from __future__ import annotations

from collections.abc import Mapping

# Canonical name -> other spellings. The canonical name is what a signal carries when the
# catalogue has no value of its own for any of them.
FILM_GENRES: Mapping[str, tuple[str, ...]] = {
    "action": ("action-packed", "actions", "actiony"),
    "adventure": ("adventures", "adventurous"),
    "animation": ("animated", "animations", "cartoon", "cartoons", "anime", "pixar style"),
    "biography": ("biographical", "biographies", "biopic", "biopics", "bio-pic", "bio pic"),
    "comedy": ("comedies", "comedys", "comedic", "comedy's", "standup comedy"),
    "crime": ("crime drama film", "crimes"),
    "documentary": ("documentaries", "documentarys", "docs", "docu", "docuseries"),
    "drama": ("dramas", "dramatic", "drama's"),
    "family": ("family-friendly", "family friendly"),
    "fantasy": ("fantasies", "fantasys"),
    "film noir": ("noir", "film-noir", "noirs", "neo-noir"),
    "history": ("historical", "historic", "histories", "historical drama film"),
    "horror": ("horrors",
        "scary movie", "scary movies", "scary film", "scary films", "horro", "horor"),
    "musical": ("musicals",),
    "mystery": ("mysteries", "whodunit", "whodunits", "whodunnit"),
    "romance": ("romantic", "romances", "love story", "love stories", "romantics"),
    "romantic comedy": ("romantic comedies", "rom com", "rom-com", "romcom", "rom coms", "rom-coms",
                        "romcoms", "romance comedy", "romance comedies"),
    "science fiction": ("sci-fi", "sci fi", "scifi", "sci-fis", "syfy", "sf", "science-fiction",
                        "sciencefiction", "si-fi"),
    "sport": ("sports",),
    "thriller": ("thrillers", "thrilling", "suspense thriller"),
    "war": ("war movie", "war movies", "war film", "war films", "war drama film"),
    "western": ("westerns", "cowboy movie", "cowboy movies"),
}  # fmt: skip

MUSIC_GENRES: Mapping[str, tuple[str, ...]] = {
    "afrobeats": ("afrobeat", "afro beats", "afro beat", "afro-beats", "afro"),
    "alternative": ("alternative music", "alt"),
    "alternative rock": ("alt rock", "alt-rock"),
    "ambient": (),
    "blues": (),
    "bluegrass": (),
    "bossa nova": (),
    "christian": ("christian music", "worship", "praise and worship"),
    "classical": ("classical music",),
    "classic rock": (),
    "country": ("country music",),
    "dance": ("dance music",),
    "disco": (),
    "drill": (),
    "dubstep": (),
    "edm": ("electronic dance music",),
    "electronic": ("electronica", "electro"),
    "emo": (),
    "folk": ("folk music",),
    "funk": ("funky",),
    "gospel": (),
    "grunge": (),
    "hard rock": (),
    "heavy metal": (),
    "hip hop": ("hip-hop", "hiphop", "hip hops"),
    "house": ("house music", "deep house"),
    "indie": ("indie music",),
    "indie pop": (),
    "indie rock": (),
    "j-pop": ("jpop", "j pop"),
    "jazz": ("jaz", "jazzy", "smooth jazz"),
    "k-pop": ("kpop", "k pop"),
    "latin": ("latin music",),
    "lo-fi": ("lofi", "lo fi"),
    "metal": ("metal music",),
    "new wave": (),
    "opera": (),
    "pop": ("pop music", "pops"),
    "pop rock": ("pop-rock",),
    "progressive rock": ("prog rock", "prog"),
    "psychedelic rock": ("psych rock",),
    "punk": ("punk rock",),
    "r&b": ("rnb", "r and b", "r & b", "rhythm and blues", "r n b"),
    "rap": ("raps", "rap music"),
    "reggae": (),
    "reggaeton": (),
    "rock": ("rock music", "rock and roll", "rock n roll", "rock 'n' roll"),
    "salsa": (),
    "ska": (),
    "soft rock": (),
    "soul": ("soul music",),
    "soundtrack": ("soundtracks",),
    "synthpop": ("synth pop", "synth-pop"),
    "techno": (),
    "trance": (),
    "trap": ("trap music",),
    "instrumental": ("instrumentals",),
    "singer-songwriter": ("singer songwriter",),
}  # fmt: skip

# Genre names that are everyday words too: only read before a noun ("family movies"), after one
# ("movies: drama, crime") or in a list of genres.
GUARDED_GENRES = frozenset(
    "action family history crime war sport sports animation dance house soul rock pop "
    "country metal "
    "alternative classical christian indie folk trap trance drill latin worship instrumental music "
    "short live dramatic thrilling romantic crimes docs sf alt afro adventurous actions historic "
    "opera western soundtrack soundtracks emo funky pops political teen supernatural".split()
)

# Adjective -> (language, country); the first that the catalogue has as a facet is meant.
PEOPLES: Mapping[str, tuple[str | None, str]] = {
    "american": (None, "United States"),
    "argentinian": (None, "Argentina"),
    "australian": (None, "Australia"),
    "austrian": (None, "Austria"),
    "belgian": (None, "Belgium"),
    "brazilian": (None, "Brazil"),
    "british": (None, "United Kingdom"),
    "canadian": (None, "Canada"),
    "chinese": ("Chinese", "China"),
    "cantonese": ("Cantonese", "Hong Kong"),
    "danish": ("Danish", "Denmark"),
    "dutch": ("Dutch", "Netherlands"),
    "egyptian": (None, "Egypt"),
    "english": ("English", "United Kingdom"),
    "finnish": ("Finnish", "Finland"),
    "french": ("French", "France"),
    "german": ("German", "Germany"),
    "greek": ("Greek", "Greece"),
    "hindi": ("Hindi", "India"),
    "indian": (None, "India"),
    "iranian": (None, "Iran"),
    "irish": (None, "Ireland"),
    "israeli": (None, "Israel"),
    "italian": ("Italian", "Italy"),
    "japanese": ("Japanese", "Japan"),
    "korean": ("Korean", "South Korea"),
    "mandarin": ("Mandarin", "China"),
    "mexican": (None, "Mexico"),
    "nigerian": (None, "Nigeria"),
    "norwegian": ("Norwegian", "Norway"),
    "polish": ("Polish", "Poland"),
    "portuguese": ("Portuguese", "Portugal"),
    "russian": ("Russian", "Russia"),
    "scottish": (None, "United Kingdom"),
    "spanish": ("Spanish", "Spain"),
    "swedish": ("Swedish", "Sweden"),
    "taiwanese": (None, "Taiwan"),
    "thai": ("Thai", "Thailand"),
    "turkish": ("Turkish", "Turkey"),
}

COUNTRY_NAMES: Mapping[str, str] = {
    "usa": "United States",
    "u.s.": "United States",
    "america": "United States",
    "uk": "United Kingdom",
    "britain": "United Kingdom",
    "england": "United Kingdom",
    "korea": "South Korea",
    "hong kong": "Hong Kong",
}


def genre_names() -> dict[str, tuple[str, bool]]:
    """Every spelling of a genre -> (canonical name, whether it is a music genre); films win."""
    names: dict[str, tuple[str, bool]] = {}
    for table, music in ((MUSIC_GENRES, True), (FILM_GENRES, False)):
        for canonical, spellings in table.items():
            for spelling in (canonical, *spellings):
                names[spelling] = (canonical, music)
    return names
