"""How well wishes in plain words find the built-in films that fit them, by the encoder alone.

    PYTHONPATH=. .venv/bin/python tests/benchmarks/wishes.py [ADAPTER]

Prints the mean reciprocal of the best rank of a fitting film, and recall at 10.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from retrieval.catalog_files import builtin_catalog
from retrieval.encoder import load_encoder
from retrieval.index import build_index

WISHES = {
    "a slow thoughtful science fiction film in space": (
        "Interstellar|2001: A Space Odyssey|Arrival|Gravity"
    ),
    "something funny with friends at a wedding": (
        "Bridesmaids|Wedding Crashers|The Hangover|Mike and Dave Need Wedding Dates"
    ),
    "scary haunted house film": (
        "Poltergeist|The Others|Sinister|The Conjuring 2|Paranormal Activity|Annabelle: Creation"
    ),
    "heist with a clever crew": "Ocean's Eleven|The Italian Job|Logan Lucky|Inception",
    "a film with a twist at the end": (
        "The Sixth Sense|Shutter Island|The Usual Suspects|Fight Club|Memento|Identity|Saw"
    ),
    "talking animals for the kids": (
        "The Secret Life of Pets|The Lion King|Sing|Finding Nemo|"
        "Homeward Bound: The Incredible Journey|Ratatouille"
    ),
    "romance that makes me cry": (
        "The Notebook|A Walk to Remember|The Fault in Our Stars|Titanic|P.S. I Love You|Dear John"
    ),
    "world war two soldiers": (
        "Saving Private Ryan|Dunkirk|Das Boot|Pearl Harbor|Inglourious Basterds|Schindler's List"
    ),
    "korean thriller": "Oldboy|Parasite|Train to Busan",
    "japanese animation": "Spirited Away|My Neighbor Totoro|Princess Mononoke|Your Name",
    "hired killer out for revenge": "John Wick|Kill Bill: Volume 1|Kill Bill: Volume 2|Taken",
    "high school comedy from the 80s": (
        "The Breakfast Club|Ferris Bueller's Day Off|Sixteen Candles|Pretty in Pink"
    ),
    "mafia story": "The Godfather|Goodfellas|Casino|The Godfather Part II|The Departed",
    "time travel": "Back to the Future|Looper|The Terminator|Terminator 2: Judgment Day",
    "dinosaurs": "Jurassic Park|Jurassic World",
    "something about mathematics or a genius": "A Beautiful Mind|Good Will Hunting|Hidden Figures",
    "boxing underdog": "Rocky|Million Dollar Baby",
    "christmas comedy": "Elf|Bad Santa|Office Christmas Party|Love Actually",
    "zombies but funny": "Shaun of the Dead|Zombieland",
    "a musical with great songs": (
        "La La Land|Grease|The Sound of Music|Moulin Rouge!|Chicago|Singin' in the Rain|"
        "Mary Poppins|Hairspray|West Side Story"
    ),
    "stuck on an island alone": "Cast Away|The Martian",
    "robots": "WALL-E|I, Robot|Transformers|The Terminator|RoboCop",
    "superhero film that is not too serious": (
        "Guardians of the Galaxy|Ant-Man|Deadpool|The Avengers"
    ),
    "serial killer detective": "Seven|Zodiac|The Silence of the Lambs|Red Dragon|M",
    "car chases and street racing": (
        "The Fast and the Furious|Fast & Furious|Baby Driver|Gone in 60 Seconds|The Transporter"
    ),
    "documentary about nature": "March of the Penguins|Blackfish",
    "quirky indie comedy about family": "Little Miss Sunshine|Juno|Napoleon Dynamite|Rushmore",
    "lonely person in a big city": "Lost in Translation|Her|Taxi Driver|Chungking Express",
    "medieval battles": (
        "Braveheart|The Lord of the Rings: The Fellowship of the Ring|"
        "Monty Python and the Holy Grail"
    ),
    "wizards and magic school": (
        "Harry Potter and the Philosopher's Stone|Harry Potter and the Goblet of Fire"
    ),
}


def main(adapter: Path | None) -> None:
    catalog, encoder = builtin_catalog(), load_encoder(adapter=adapter)
    index = build_index(catalog, encoder)
    rows, _ = index.search(encoder.encode(list(WISHES)), len(catalog))
    best, recall = [], []
    for order, fitting in zip(rows, WISHES.values(), strict=True):
        titles = [catalog.items[row].title for row in order]
        ranks = [titles.index(title) + 1 for title in fitting.split("|")]
        best.append(1 / min(ranks))
        recall.append(np.mean([rank <= 10 for rank in ranks]))
        print(f"{1 / best[-1]:4.0f} {recall[-1]:5.2f}  {list(WISHES)[len(best) - 1]}")
    print(f"{encoder.name}: best rank {np.mean(best):.3f}, recall at 10 {np.mean(recall):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
