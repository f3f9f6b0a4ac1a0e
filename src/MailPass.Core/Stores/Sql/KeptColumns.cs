using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>A column that a change replaces together with the hash, and that is put back with an old hash.</summary>
/// <param name="Place">Its name in a <see cref="Bookkeeping"/>: <c>mailbox.modified</c>, <c>mailbox.attributes$.passwd_update</c>.</param>
/// <param name="Column">The column.</param>
/// <param name="Member">The path of the one member that is replaced, if the column has JSON.</param>
internal sealed record KeptColumn(string Place, ColumnRef Column, string? Member);

/// <summary>Finds the columns that are put back, and what is written when they are.</summary>
internal static class KeptColumns
{
    /// <summary>The columns of a mailbox's own tables that its changes replace and that are put back.</summary>
    /// <param name="bound">The schema, whose <see cref="BoundSchema.Write"/> is settled.</param>
    public static IReadOnlyList<KeptColumn> Of(BoundSchema bound)
    {
        var hash = bound.Schema.Hash.Column.Alias;
        var kept = bound.Write.Set.SelectMany(set => Of(bound, hash, set))
            .Concat(bound.Write.Update.SelectMany(update => AliasOf(bound, update) is { } alias ? update.Set.SelectMany(set => Of(bound, alias, set)) : []));
        return kept.DistinctBy(column => column.Place).ToArray();
    }

    /// <summary>What is written together with an old hash: like a change, with the old values instead of the new ones.</summary>
    /// <param name="bound">The schema.</param>
    /// <param name="before">The bookkeeping that is put back.</param>
    public static SchemaWrite WriteBack(BoundSchema bound, Bookkeeping before)
    {
        var at = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < before.Places.Count; i++)
        {
            at[before.Places[i]] = i;
        }

        return bound.Write with
        {
            Set = [.. bound.Write.Set.Select(set => Back(bound, bound.Schema.Hash.Column.Alias, set, at))],
            Update = [.. bound.Write.Update.Select(update => AliasOf(bound, update) is { } alias
                ? update with { Set = [.. update.Set.Select(set => Back(bound, alias, set, at))] }
                : update)],
        };
    }

    private static SchemaAssignment Back(BoundSchema bound, string alias, SchemaAssignment set, Dictionary<string, int> at) => set with
    {
        Value = set.Value is SchemaValue.JsonSet json
            ? new SchemaValue.JsonSet([.. json.Members.Select(member => SchemaPair.Of(member.Key, Before(Place(bound, alias, set.Column, member.Key), member.Value, at)))])
            : Before(Place(bound, alias, set.Column, null), set.Value, at),
    };

    private static SchemaValue Before(string place, SchemaValue otherwise, Dictionary<string, int> at) =>
        at.TryGetValue(place, out var index) ? new SchemaValue.Before(index) : otherwise;

    private static IEnumerable<KeptColumn> Of(BoundSchema bound, string alias, SchemaAssignment set)
    {
        if (!set.PutBack)
        {
            return [];
        }

        var column = new ColumnRef(alias, set.Column);
        return set.Value is SchemaValue.JsonSet json
            ? json.Members.Select(member => new KeptColumn(Place(bound, alias, set.Column, member.Key), column, member.Key))
            : [new KeptColumn(Place(bound, alias, set.Column, null), column, null)];
    }

    private static string Place(BoundSchema bound, string alias, string column, string? member)
    {
        var mailbox = bound.Schema.Mailbox;
        var table = alias == mailbox.Alias ? mailbox.Table : mailbox.Joins.First(join => join.Alias == alias).Table;
        return $"{table}.{column}{member}";
    }

    // The short name of the mailbox's own table if an update changes the mailbox's row in it: its key equals itself.
    private static string? AliasOf(BoundSchema bound, SchemaUpdate update)
    {
        var mailbox = bound.Schema.Mailbox;
        return update.Where is [{ Value: SchemaValue.Column { Ref: var tie }, Key: var key }]
            && tie.Column == key && tie == mailbox.Key && update.Table == mailbox.Table ? mailbox.Alias : null;
    }
}
